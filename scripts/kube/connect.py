"""Clients for the contexts of a kubeconfig. Import this late: the client library costs half a second."""

from __future__ import annotations

from pathlib import Path

from kubernetes.client import ApiClient
from kubernetes.config import ConfigException, new_client_from_config
from yaml import YAMLError

from scripts.core.errors import UserError


def connect(kubeconfig: Path, context: str, fix: str) -> ApiClient:
    """A client of one context of a file, never of the one that happens to be current. Raises UserError with `fix`."""
    try:
        client: ApiClient = new_client_from_config(str(kubeconfig), context, persist_config=False)
    except (ConfigException, OSError, ValueError, YAMLError) as error:  # ValueError: a certificate that is no base64
        raise UserError(f"no usable kubeconfig for context {context}: {error}", fix) from None
    client.configuration.retries = False
    return client
