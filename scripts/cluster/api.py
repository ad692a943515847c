"""Connects to the API of a cluster, and makes the requests that providers share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from scripts.cluster import kubeconfig
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError

if TYPE_CHECKING:
    from scripts.kube.api import Kube


def connect(provider: Provider) -> Kube:
    """The cluster's API."""
    from scripts.kube import connect
    from scripts.kube.api import Kube

    access = connect.connect(provider.kubeconfig(), provider.context, "run: ./dev cluster up")
    return Kube(access, "see the cluster with: ./dev status", kubectl(provider))


def kubectl(provider: Provider) -> str:
    """What a printed command for this cluster begins with; it goes there whichever cluster is in use."""
    file = provider.kubeconfig()
    known = [] if file in kubeconfig.files() else [f"KUBECONFIG={shlex.quote(str(file))}"]
    return " ".join([*known, "kubectl", "--context", shlex.quote(provider.context)])


def nodes(kube: Kube, cluster: str) -> list[dict[str, Any]]:
    found = kube.call(f"list the nodes of cluster {cluster}", "GET", "/api/v1/nodes")
    return list(found["items"])


def service_of(provider: Provider, port: int) -> tuple[str, str]:
    """Namespace and name of the Service that has a NodePort."""
    found = connect(provider).call(f"look for the Service with NodePort {port}", "GET", "/api/v1/services")
    for service in found["items"]:
        if any(item.get("nodePort") == port for item in service["spec"].get("ports") or ()):
            return service["metadata"]["namespace"], service["metadata"]["name"]
    raise UserError(f"no Service in cluster {provider.name} has NodePort {port}", "deploy the stack with: ./dev up")
