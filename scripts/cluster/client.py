"""Kubernetes API clients for a provider's cluster. Import this late: the client library costs half a second."""

from __future__ import annotations

from kubernetes.client import ApiClient
from kubernetes.config import ConfigException, new_client_from_config

from scripts.cluster.provider import Provider
from scripts.core.errors import UserError


def connect(provider: Provider) -> ApiClient:
    """A client of the provider's own context, never of whatever context happens to be current."""
    try:
        client: ApiClient = new_client_from_config(str(provider.kubeconfig()), provider.context, persist_config=False)
    except (ConfigException, OSError) as error:
        raise UserError(f"no usable kubeconfig for cluster {provider.name}: {error}", "run: ./dev cluster up") from None
    client.configuration.retries = False
    return client
