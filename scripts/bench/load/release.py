"""A release of the final images in a namespace of its own, beside whatever else runs in the cluster."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from scripts.bench.load.usage import Meter
from scripts.cluster import api
from scripts.cluster.provider import Provider, environment
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.kube.api import collection
from scripts.services import SERVICES
from scripts.workloads import COMPONENT

NAMESPACE = "todo-bench"
NODE_PORT = 30312
BACKEND_NODE_PORT = 30314
HELM_SECONDS = 300


class Release:
    """`install` it with so many pods of each service, or change their number. `url` is its frontend's, `backend_url`
    its backend's where that is exposed."""

    def __init__(self, runner: Runner, provider: Provider) -> None:
        self.kube = api.connect(provider)
        self.url = provider.node_url(NODE_PORT)
        self.backend_url = provider.node_url(BACKEND_NODE_PORT)
        self._runner = runner
        self._command: list[str] = []
        self._env = environment(provider)

    def build(self) -> None:
        """Build the images of this checkout and deliver them to the cluster."""
        printed = self._runner.run(["./dev", "images"], cwd=ROOT).stdout
        self._command = shlex.split(printed.splitlines()[-1])
        self._command[self._command.index("-n") + 1] = NAMESPACE

    def install(self, replicas: int, *, expose_backend: bool = False) -> None:
        """Returns when as many pods as were asked for are ready, and no others are left."""
        # One user stands for many.
        values = [f"frontend.service.nodePort={NODE_PORT}", "backend.rateLimits.chat=999999/second"]
        values += [f"{service.values}.replicaCount={replicas}" for service in SERVICES]
        if expose_backend:
            values += ["backend.service.type=NodePort", f"backend.service.nodePort={BACKEND_NODE_PORT}"]
        wait = ["--wait", "--timeout", f"{HELM_SECONDS}s"]
        self.tool(*self._command, *(word for value in values for word in ("--set", value)), *wait)
        for service in SERVICES:
            deployment = f"deployment/todo-{service.component}"
            self.tool("kubectl", "rollout", "status", deployment, "-n", NAMESPACE, f"--timeout={HELM_SECONDS}s")

    def delete(self) -> None:
        """At once: nobody waits for the answers of these pods, so they need not drain."""
        every = ("--all", "-n", NAMESPACE)
        self.tool("kubectl", "delete", "deployments,statefulsets", *every, "--cascade=orphan")
        self.tool("kubectl", "delete", "replicasets", *every, "--cascade=orphan")
        self.tool("kubectl", "delete", "pods", *every, "--grace-period=1", "--wait=false")
        self.tool("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")

    def tool(self, name: str, *words: str, input: str | None = None) -> str:
        """Run kubectl or helm, and return what it prints."""
        try:
            return self._runner.run([name, *words], cwd=ROOT, env=self._env, input=input).stdout
        except CommandFailed as failed:
            raise UserError(str(failed), f"see: kubectl get pods,events -n {NAMESPACE}") from None

    def pods(self) -> list[dict[str, Any]]:
        """Those that are not about to end, those of others than the chart too."""
        path = collection("v1", "pods", NAMESPACE)
        items: list[dict[str, Any]] = self.kube.call(f"list pods in {NAMESPACE}", "GET", path)["items"]
        return [item for item in items if "deletionTimestamp" not in item["metadata"]]

    @contextmanager
    def meter(self) -> Iterator[Meter]:
        meter = Meter(self.kube, NAMESPACE, containers(self.pods()))
        try:
            yield meter
        finally:
            meter.close()


@contextmanager
def built(runner: Runner, provider: Provider, steps: Steps) -> Iterator[Release]:
    """A release that is not installed yet; afterwards its namespace is gone."""
    os.environ["TODO_CLUSTER"] = provider.name  # for ./dev images
    release = Release(runner, provider)
    with steps.step("Build and deliver the final images"):
        release.build()
        release.delete()
    try:
        yield release
    finally:
        with steps.step(f"Delete namespace {NAMESPACE}"):
            release.delete()


def containers(pods: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """A name of each container, its component's with a number from the second on → its pod and its name there."""
    found: dict[str, tuple[str, str]] = {}
    for pod in sorted(pods, key=lambda each: each["metadata"]["name"]):
        component = pod["metadata"].get("labels", {}).get(COMPONENT, pod["metadata"]["name"])
        number = sum(name.partition(" ")[0] == component for name in found) + 1
        name = component if number == 1 else f"{component} {number}"
        found[name] = (pod["metadata"]["name"], pod["spec"]["containers"][0]["name"])
    return found


def resources(pods: list[dict[str, Any]]) -> dict[str, Mapping[str, Mapping[str, str]]]:
    """Requests and limits of the same containers by the same names."""
    by_name = {pod["metadata"]["name"]: pod["spec"]["containers"][0].get("resources", {}) for pod in pods}
    return {name: by_name[pod] for name, (pod, _) in containers(pods).items()}


def restarts(pods: list[dict[str, Any]]) -> dict[str, int]:
    """How often each of them was started again."""
    by_name = {
        pod["metadata"]["name"]: sum(each["restartCount"] for each in pod["status"].get("containerStatuses", ()))
        for pod in pods
    }
    return {name: by_name[pod] for name, (pod, _) in containers(pods).items()}
