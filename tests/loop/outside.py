"""What somebody else does to the cluster while a loop runs; each is put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from scripts.kube.api import collection
from tests.e2e.conftest import eventually
from tests.e2e.deployed import Deployed

MERGE = "application/strategic-merge-patch+json"
POSTGRES = "statefulsets", "todo-postgres"


def workload(stack: Deployed, plural: str, name: str) -> str:
    return f"{collection('apps/v1', plural, stack.namespace)}/{name}"


def change(stack: Deployed, plural: str, name: str, spec: Mapping[str, Any]) -> None:
    """What kubectl scale, set and edit do."""
    path = workload(stack, plural, name)
    stack.kube.call(f"change {name}", "PATCH", path, body={"spec": spec}, content_type=MERGE)


@contextmanager
def scaled_to_zero(stack: Deployed, component: str, plural: str, name: str) -> Iterator[None]:
    change(stack, plural, name, {"replicas": 0})
    try:
        eventually(lambda: not stack.pods(component), f"no pod of {name} runs")
        yield
    finally:
        change(stack, plural, name, {"replicas": 1})
        eventually(lambda: ready(stack, plural, name), f"{name} is ready again")


@contextmanager
def image_set(stack: Deployed, plural: str, name: str, image: str) -> Iterator[None]:
    """kubectl set image, of the first container."""
    found = stack.kube.find(workload(stack, plural, name))
    assert found is not None
    container = found["spec"]["template"]["spec"]["containers"][0]

    def put(value: str) -> None:
        spec = {"template": {"spec": {"containers": [{"name": container["name"], "image": value}]}}}
        change(stack, plural, name, spec)

    put(image)
    try:
        yield
    finally:
        put(container["image"])
        replace_stuck(stack)
        eventually(lambda: ready(stack, plural, name), f"{name} is ready again")


@contextmanager
def deleted(stack: Deployed, plural: str, name: str) -> Iterator[None]:
    path = workload(stack, plural, name)
    before = stack.kube.find(path)
    assert before is not None
    stack.kube.call(f"delete {name}", "DELETE", path)
    try:
        yield
    finally:
        if stack.kube.find(path) is None:
            metadata = {key: before["metadata"][key] for key in ("name", "namespace", "labels")}
            again = {"apiVersion": "apps/v1", "kind": before["kind"], "metadata": metadata, "spec": before["spec"]}
            stack.kube.call(f"create {name}", "POST", path.rpartition("/")[0], body=again)


@contextmanager
def pod_quota(stack: Deployed, pods: int) -> Iterator[None]:
    """No more pods than these."""
    quotas = collection("v1", "resourcequotas", stack.namespace)
    path = f"{quotas}/tests"
    spec = {"hard": {"pods": pods}}
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "tests"}, "spec": spec}
    stack.kube.call("create the quota", "POST", quotas, body=body)
    try:
        eventually(lambda: "hard" in (stack.kube.find(path) or {}).get("status", {}), "the quota counts")
        yield
    finally:
        stack.kube.call("delete the quota", "DELETE", path)


@contextmanager
def namespace(stack: Deployed, name: str) -> Iterator[None]:
    path = f"{collection('v1', 'namespaces')}/{name}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    stack.kube.call(f"create namespace {name}", "POST", collection("v1", "namespaces"), body=body)
    try:
        yield
    finally:
        stack.kube.call(f"delete namespace {name}", "DELETE", path)
        eventually(lambda: stack.kube.find(path) is None, f"namespace {name} is gone")


def ready(stack: Deployed, plural: str, name: str) -> bool:
    found = stack.kube.find(workload(stack, plural, name))
    return found is not None and found.get("status", {}).get("readyReplicas", 0) == found["spec"]["replicas"]


def replace_stuck(stack: Deployed) -> None:
    """Delete the pods that cannot pull their image: a StatefulSet would keep its own for good."""
    pods = stack.kube.call("list pods", "GET", collection("v1", "pods", stack.namespace))["items"]
    for pod in pods:
        states = [status.get("state", {}) for status in pod["status"].get("containerStatuses", ())]
        if any("ImagePull" in state.get("waiting", {}).get("reason", "") for state in states):
            stack.delete_pod(pod["metadata"]["name"])
