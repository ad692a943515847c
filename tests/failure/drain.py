"""Evicts pods as a drain of their node does, which the chart's disruption budgets limit to one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scripts.kube.api import collection
from scripts.kube.errors import ApiError
from tests.failure.release import KEYS, NAMESPACE, Release, eventually

NAME = "no-new-pods"
TOO_MANY_REQUESTS = 429


def drain(release: Release) -> None:
    """Evict both pods of each component: the second one is refused while the first one's replacement is not ready.
    Returns when all are replaced."""
    pairs = {component: release.pods(component) for component in KEYS}
    with no_new_pods(release):
        for first, second in pairs.values():
            await_eviction(release, first)
            refused = evict(release, second)
            assert "disruption budget" in refused, refused or f"pod {second['metadata']['name']} was evicted too"
    for component, (_, second) in pairs.items():
        await_eviction(release, second)
        assert any(map(is_ready, release.pods(component))), f"the last pod of {component} was evicted"
    release.wait_until_settled()


@contextmanager
def no_new_pods(release: Release) -> Iterator[None]:
    """A quota refuses all new pods of the namespace while the block runs; those that exist stay."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": NAME},
        "spec": {"hard": {"pods": "0"}},
    }
    release.apply(quota)
    try:
        eventually(lambda: refuses_pods(release), "new pods are refused")
        yield
    finally:
        release.run("kubectl", "delete", "resourcequota", NAME, "-n", NAMESPACE)


def refuses_pods(release: Release) -> bool:
    """Whether the API server knows the quota, by a request that makes no pod."""
    containers = [{"name": "none", "image": "none"}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "none"}, "spec": {"containers": containers}}
    pods = collection("v1", "pods", NAMESPACE)
    try:
        release.stack.kube.call("try to make a pod", "POST", pods, query={"dryRun": "All"}, body=pod)
    except ApiError as error:
        return NAME in error.reason
    return False


def await_eviction(release: Release, pod: dict[str, Any]) -> None:
    eventually(lambda: not evict(release, pod), f"pod {pod['metadata']['name']} may be evicted")


def evict(release: Release, pod: dict[str, Any]) -> str:
    """Ask for the eviction of a pod; returns why it is refused, "" if it is not."""
    name = pod["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": NAMESPACE}}
    path = f"{collection('v1', 'pods', NAMESPACE)}/{name}/eviction"
    try:
        release.stack.kube.call(f"evict pod {name}", "POST", path, body=eviction)
    except ApiError as error:
        if error.status != TOO_MANY_REQUESTS:
            raise
        return error.reason
    return ""


def is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
