"""Kubernetes API clients for a provider's cluster. Import this late: the client library costs half a second."""

from __future__ import annotations

from pathlib import Path

from kubernetes.client import ApiClient
from kubernetes.config import ConfigException, new_client_from_config

from scripts.core.errors import UserError


def connect(kubeconfig: Path, context: str) -> ApiClient:
    """A client of one context of a file, never of whatever context happens to be current."""
    try:
        client: ApiClient = new_client_from_config(str(kubeconfig), context, persist_config=False)
    except (ConfigException, OSError) as error:
        raise UserError(f"no usable kubeconfig for context {context}: {error}", "run: ./dev cluster up") from None
    client.configuration.retries = False
    return client
