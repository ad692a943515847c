"""Finds the deployed stack: by TODO_E2E_URL, TODO_E2E_NAMESPACE and TODO_CLUSTER, or else in the cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scripts.cluster import api, select
from scripts.core.errors import UserError
from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError
from scripts.kube.forward import Forward
from scripts.kube.podport import Tunnel
from scripts.stack import NAMESPACE, PART_OF
from scripts.workloads import COMPONENT
from tests.ports import closed_port


@dataclass(frozen=True)
class Deployed:
    """A deployed stack and the URL of its frontend on this machine."""

    kube: Kube
    namespace: str
    url: str

    def pods(self, component: str = "") -> dict[str, str]:
        """Name → first container of the running pods that are not terminating, of one component or of all."""
        selector = PART_OF + (f",{COMPONENT}={component}" if component else "")
        found = self._list("pods", selector)
        return {
            pod["metadata"]["name"]: pod["spec"]["containers"][0]["name"]
            for pod in found
            if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
        }

    def every_pod(self) -> dict[str, str]:
        """UID → name of all pods, terminating ones included, as they still answer. By UID, because the next pod of a
        StatefulSet has the same name."""
        return {pod["metadata"]["uid"]: pod["metadata"]["name"] for pod in self._list("pods", PART_OF)}

    def delete_pod(self, name: str) -> None:
        """It may be gone already, as what goes away counts as a pod."""
        try:
            self.kube.call(f"delete pod {name}", "DELETE", f"{collection('v1', 'pods', self.namespace)}/{name}")
        except ApiError as error:
            assert error.status == 404, error

    def execute(self, component: str, *argv: str) -> str:
        """Run a program in a pod of a component; returns its output."""
        pod, container = next(iter(self.pods(component).items()))
        ended = self.kube.execute(self.namespace, pod, container, argv)
        assert ended.status == 0, ended
        return ended.stdout

    @contextmanager
    def connection(self, component: str, port: int) -> Iterator[Tunnel]:
        """A raw connection to a pod of a component."""
        opened = self.kube.forward(self.namespace, next(iter(self.pods(component))), port)
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def forwarded(self, component: str, port: int) -> Iterator[str]:
        """The URL on this machine of a port forward to a pod of a component."""
        local = closed_port()
        pod = next(iter(self.pods(component)))
        forward = Forward(self.kube, local, port, lambda: (self.namespace, pod), lambda: None)
        try:
            yield f"http://127.0.0.1:{local}"
        finally:
            forward.stop()

    def node_ports(self) -> list[int]:
        services = self._list("services", f"{PART_OF},{COMPONENT}=frontend")
        return [port["nodePort"] for item in services for port in item["spec"]["ports"] if "nodePort" in port]

    def _list(self, plural: str, selector: str) -> list[dict[str, Any]]:
        path = collection("v1", plural, self.namespace)
        found: list[dict[str, Any]] = self.kube.call(
            f"list {plural} in {self.namespace}", "GET", path, query={"labelSelector": selector}
        )["items"]
        return found


def find() -> Deployed:
    """Find the deployed stack. Raises UserError if there is none."""
    provider, _ = select.choose()
    namespace = os.environ.get("TODO_E2E_NAMESPACE", NAMESPACE)
    nothing = UserError(
        f"no todo-stack is deployed in namespace {namespace} of cluster {provider.name}",
        "deploy one (./dev up --once, tilt up, or helm install), or point TODO_E2E_URL and KUBECONFIG at yours",
    )
    stack = Deployed(api.connect(provider), namespace, "")
    try:
        ports = stack.node_ports()
    except ApiError:
        raise nothing from None
    url = os.environ.get("TODO_E2E_URL") or (provider.node_url(ports[0]) if ports else "")
    if not url:
        raise nothing
    return Deployed(stack.kube, namespace, url.rstrip("/"))
