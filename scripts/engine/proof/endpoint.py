"""Asks a service which revision it serves: through its Service, and through a URL of this machine."""

from __future__ import annotations

import json
from dataclasses import KW_ONLY, dataclass

from scripts.core import direct_http
from scripts.kube.api import Kube
from scripts.kube.pod import Container
from scripts.tiltfile.manifests import containers, namespace_of
from scripts.tiltfile.model import K8sResource


@dataclass(frozen=True)
class Endpoint:
    """Where a resource answers in the cluster: `port` is the Service's, `target` the pods', 0 if no container has it;
    `node_port` is 0 without one."""

    namespace: str
    service: str
    port: str
    _: KW_ONLY
    target: int = 0
    node_port: int = 0


def endpoint(resource: K8sResource) -> Endpoint | None:
    """The first Service of a resource that has an address of its own."""
    for item in resource.objects:
        spec = item.get("spec") or {}
        if item["kind"] == "Service" and spec.get("clusterIP") != "None" and spec.get("ports"):
            port = spec["ports"][0]
            name, node_port = item["metadata"]["name"], port.get("nodePort") or 0
            target = _port_of(resource, port.get("targetPort") or port["port"])
            return Endpoint(namespace_of(item), name, str(port["port"]), target=target, node_port=node_port)
    return None


def _port_of(resource: K8sResource, target: int | str) -> int:
    """A port as it is, or by the name that a container of the resource gives it; 0 if none does."""
    if isinstance(target, int):
        return target
    declared = (container.get("ports") or () for item in resource.objects for container in containers(item))
    return next((port["containerPort"] for ports in declared for port in ports if port.get("name") == target), 0)


def revision_via_pod(kube: Kube, container: Container, port: int, timeout: float = 2) -> str:
    """The revision that /health of one pod answers; "" when it does not answer well."""
    status, body = kube.pod(container.namespace, container.pod, port, "/health", timeout)
    return _revision(body) if status == 200 else ""


def revision_via_service(kube: Kube, where: Endpoint, timeout: float = 2) -> str:
    """The revision that /health tells through the Service; "" when it does not answer well."""
    status, body = kube.service(where.namespace, where.service, where.port, "/health", timeout)
    return _revision(body) if status == 200 else ""


def revision_via_url(url: str, timeout: float = 2) -> str:
    """The same through a URL of this machine."""
    try:
        with direct_http.ask(f"{url}/health", timeout) as answer:
            return _revision(answer.read().decode(errors="replace"))
    except direct_http.FAILURES:
        return ""


def _revision(body: str) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    return str(answer.get("revision", "")) if isinstance(answer, dict) else ""
