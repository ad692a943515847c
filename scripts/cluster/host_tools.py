"""What providers of other products' clusters have in common: tools of this machine, and which Service has a port."""

from __future__ import annotations

from pathlib import Path

from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.runner import Runner


def folder(runner: Runner) -> Path | None:
    """None where kubectl and helm are on PATH; else the folder of those made for the embedded cluster, if they are."""
    if runner.which("kubectl") and runner.which("helm"):
        return None
    from scripts.cluster.embedded import Embedded

    compiled = Embedded(runner).bin_dir()
    return compiled if compiled.is_dir() else None


def service_of(provider: Provider, port: int) -> tuple[str, str]:
    """Namespace and name of the Service that has a NodePort."""
    from kubernetes.client import CoreV1Api

    from scripts.cluster.client import api_errors, connect

    with api_errors(f"look for the Service with NodePort {port}"):
        services = CoreV1Api(connect(provider)).list_service_for_all_namespaces(_request_timeout=10).items
    for service in services:
        if any(item.node_port == port for item in service.spec.ports or ()):
            return service.metadata.namespace, service.metadata.name
    raise UserError(f"no Service in cluster {provider.name} has NodePort {port}", "deploy the stack with: ./dev up")
