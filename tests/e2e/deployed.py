"""Finds the deployed stack: by TODO_E2E_URL, TODO_E2E_NAMESPACE and TODO_CLUSTER, or else by looking."""

from __future__ import annotations

import os
from dataclasses import dataclass

from kubernetes.client import ApiClient, ApiException, CoreV1Api
from kubernetes.stream import stream
from urllib3.exceptions import HTTPError

from scripts.cluster import select
from scripts.cluster.client import connect
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.stack import NAMESPACE


@dataclass(frozen=True)
class Deployed:
    """A stack in a cluster and the URL of its frontend on this machine."""

    provider: Provider
    client: ApiClient
    namespace: str
    url: str

    @property
    def core(self) -> CoreV1Api:
        return CoreV1Api(self.client)

    def pods(self, component: str = "") -> list[str]:
        """Names of the running pods that are not on their way out, of one component or of all."""
        selector = "app.kubernetes.io/part-of=todo-stack"
        if component:
            selector += f",app.kubernetes.io/component={component}"
        found = self.core.list_namespaced_pod(self.namespace, label_selector=selector).items
        return [
            pod.metadata.name
            for pod in found
            if pod.status.phase == "Running" and pod.metadata.deletion_timestamp is None
        ]

    def execute(self, component: str, *argv: str) -> str:
        """Run a program in a pod of a component; what it printed."""
        core = CoreV1Api(connect(self.provider))  # the exec stream takes over its client
        output: str = stream(
            core.connect_get_namespaced_pod_exec,
            self.pods(component)[0],
            self.namespace,
            command=list(argv),
            stdout=True,
            stderr=True,
            stdin=False,
            tty=False,
        )
        return output


def find() -> Deployed:
    """The deployed stack. UserError says what to do when there is none."""
    provider, _ = select.choose()
    namespace = os.environ.get("TODO_E2E_NAMESPACE", NAMESPACE)
    nothing = UserError(
        f"no todo-stack is deployed in namespace {namespace} of cluster {provider.name}",
        "deploy one (./dev up --once, tilt up, or helm install), or point TODO_E2E_URL and KUBECONFIG at yours",
    )
    client = connect(provider)
    try:
        services = CoreV1Api(client).list_namespaced_service(
            namespace, label_selector="app.kubernetes.io/part-of=todo-stack,app.kubernetes.io/component=frontend"
        )
    except (ApiException, HTTPError):
        raise nothing from None
    ports = [port.node_port for service in services.items for port in service.spec.ports if port.node_port]
    url = os.environ.get("TODO_E2E_URL") or (provider.node_url(ports[0]) if ports else "")
    if not url:
        raise nothing
    return Deployed(provider, client, namespace, url)
