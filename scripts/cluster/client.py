"""Kubernetes API clients for a provider's cluster. Import this late: the client library costs half a second."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from kubernetes.client import ApiClient, ApiException
from kubernetes.config import ConfigException, new_client_from_config
from urllib3.exceptions import HTTPError

from scripts.cluster.provider import Provider
from scripts.core.errors import UserError

APPLY = "application/apply-patch+yaml"


def connect(provider: Provider) -> ApiClient:
    """A client of the provider's own context, never of whatever context happens to be current."""
    try:
        client: ApiClient = new_client_from_config(
            str(provider.kubeconfig()), provider.context, persist_config=False
        )
    except (ConfigException, OSError) as error:
        raise UserError(f"no usable kubeconfig for cluster {provider.name}: {error}", "run: ./dev cluster up") from None
    client.configuration.retries = False
    return client


@contextmanager
def api_errors(doing: str) -> Iterator[None]:
    """Turns what the client raises into one line: `doing` says what was tried, on which resource."""
    try:
        yield
    except ApiException as error:
        raise UserError(f"could not {doing}: {_reason(error)}", "see: ./dev status") from None
    except (HTTPError, OSError) as error:
        raise UserError(f"could not {doing}: no answer from the cluster ({error})", "run: ./dev cluster up") from None


def _reason(error: ApiException) -> str:
    try:
        message = json.loads(error.body or "")["message"]
    except (ValueError, TypeError, KeyError):
        message = error.reason
    return f"{error.status} {message}"
