"""The state of the deployed stack: what is ready, and which revision each service serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts import revision, services
from scripts.core.paths import ROOT
from scripts.stack import NAMESPACE, OF_RELEASE

if TYPE_CHECKING:
    from scripts.kube.api import Kube

COMPONENT = "app.kubernetes.io/component"
OLDER = "serves older code"


@dataclass(frozen=True)
class Workload:
    """A Deployment or StatefulSet. `serves` and `sources` are revisions; "" if it has none or does not answer."""

    component: str
    ready: int
    wanted: int
    image: str
    problem: str = ""
    serves: str = ""
    sources: str = ""

    @property
    def state(self) -> str:
        if self.ready < self.wanted or self.wanted == 0:
            return "not ready"
        if self.sources and self.serves != self.sources:
            return OLDER
        return "ok"


def problem_of(pods: Sequence[Mapping[str, Any]], component: str) -> str:
    """The first reason Kubernetes gives why the pods of a component are not ready; "" if there is none."""
    for pod in pods:
        if pod["metadata"].get("labels", {}).get(COMPONENT) != component:
            continue
        status = pod.get("status", {})
        for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
            waiting = container.get("state", {}).get("waiting", {})
            if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
                return f"{pod['metadata']['name']}: {waiting['reason']} {waiting.get('message', '')}".strip()
        for condition in status.get("conditions", []):
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                return f"{pod['metadata']['name']}: {condition.get('reason')} {condition.get('message', '')}".strip()
    return ""


def read(kube: Kube, root: Path = ROOT) -> list[Workload]:
    """The current state of every workload; empty if no stack is deployed."""
    from scripts.engine import Endpoint, revision_via_service
    from scripts.kube.api import collection

    query = {"labelSelector": OF_RELEASE}

    def items(version: str, plural: str) -> list[dict[str, Any]]:
        path = collection(version, plural, NAMESPACE)
        found: list[dict[str, Any]] = kube.call(f"list {plural} in {NAMESPACE}", "GET", path, query=query)["items"]
        return found

    pods, found_services = items("v1", "pods"), items("v1", "services")
    found = []
    for item in [*items("apps/v1", "statefulsets"), *items("apps/v1", "deployments")]:
        component = item["metadata"]["labels"].get(COMPONENT, item["metadata"]["name"])
        serves = sources = ""
        if known := services.by_component(component):
            sources = revision.revision(root / known.folder, known.sources)
            for service in found_services:
                if service["metadata"]["labels"].get(COMPONENT) == component:
                    port = str(service["spec"]["ports"][0]["port"])
                    where = Endpoint(NAMESPACE, service["metadata"]["name"], port)
                    serves = revision_via_service(kube, where)
        found.append(
            Workload(
                component,
                item.get("status", {}).get("readyReplicas", 0),
                item["spec"].get("replicas", 1),
                item["spec"]["template"]["spec"]["containers"][0]["image"],
                problem_of(pods, component),
                serves,
                sources,
            )
        )
    return found


def images_in_use(kube: Kube) -> frozenset[str]:
    """The names of the images of all pods of the cluster."""
    from scripts.kube.api import collection

    pods = kube.call("list all pods", "GET", collection("v1", "pods"))["items"]
    kinds = ("containers", "initContainers")
    return frozenset(container["image"] for pod in pods for kind in kinds for container in pod["spec"].get(kind, ()))
