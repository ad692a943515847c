"""A release of the final images in a namespace of its own, beside whatever else runs in the cluster."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.cluster import api, select
from scripts.cluster.embedded.node_container import Ports
from scripts.cluster.provider import Provider, environment
from scripts.commands.images import deliver_all
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.kube.api import collection
from scripts.services import SERVICES
from scripts.stack import PART_OF
from scripts.workloads import COMPONENT
from tests.chart.values import VALUES
from tests.e2e.deployed import Deployed

NAMESPACE = "todo-failure"
DATABASE = "statefulset/todo-postgres"
NODE_PORT = Ports.wanted(None).first_node_port + 11
KEYS = {service.component: service.values for service in SERVICES}
"""Component → its part of the chart's values."""
PORTS = {service.component: VALUES[service.values]["service"]["port"] for service in SERVICES}
REPLICAS = 2
DEADLINE_SECONDS = 300


@dataclass(frozen=True)
class Release:
    stack: Deployed
    provider: Provider
    images: list[str]
    """The values of the chart that name them."""
    env: dict[str, str]

    @classmethod
    def build(cls) -> Release:
        """Deliver the images as `./dev images` does, under tags of their contents: the node has no older ones."""
        printed = deliver_all(Subprocess(), None, Steps())
        images = [value for flag, value in zip(printed, printed[1:], strict=False) if flag == "--set"]
        provider, _ = select.choose()
        env = {**os.environ, **environment(provider)}
        stack = Deployed(api.connect(provider), NAMESPACE, provider.node_url(NODE_PORT))
        return cls(stack, provider, images, env)

    def run(self, *argv: str) -> str:
        done = subprocess.run(argv, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            pytest.fail(f"{' '.join(argv)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def install(self) -> None:
        values = [*self.images, f"frontend.service.nodePort={NODE_PORT}", "backend.rateLimits.chat=999999/second"]
        values += [f"{key}.replicaCount={REPLICAS}" for key in KEYS.values()]
        self.helm("install", "todo", "charts/todo-stack", "--create-namespace", "--set", ",".join(values))

    def reinstall(self) -> None:
        """Uninstall the release, and install it again once all of it is gone, also the volume if it goes with it."""
        (claim,) = self.claims()
        retained = claim["metadata"].get("ownerReferences") is None
        self.run("helm", "uninstall", "todo", "--namespace", NAMESPACE, "--wait", "--timeout", "5m")
        eventually(lambda: not self.stack.every_pod(), "all pods are gone")
        if not retained:
            eventually(lambda: not self.claims(), "the volume's claim is gone")
        self.install()

    def upgrade(self, *values: str) -> None:
        self.helm("upgrade", "todo", "charts/todo-stack", "--reset-then-reuse-values", "--set", ",".join(values))

    def rollback(self) -> None:
        self.helm("rollback", "todo")

    def scale_database(self, replicas: int) -> None:
        self.run("kubectl", "scale", DATABASE, f"--replicas={replicas}", "-n", NAMESPACE)

    def sql(self, statement: str) -> str:
        """Run a statement in the release's database; its rows, one a line."""
        return self.stack.execute("postgres", "psql", "-U", "todo", "-d", "todo", "-At", "-c", statement)

    def start(self, pod: str, *argv: str) -> subprocess.Popen[str]:
        """Start a program in a pod; its output and its errors are one stream."""
        command = ["kubectl", "exec", "-n", NAMESPACE, pod, "--", *argv]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def helm(self, *words: str) -> None:
        """Returns when the pods that the command asked for are ready, and those that they replace are gone."""
        self.run("helm", *words, "--namespace", NAMESPACE, "--wait", "--timeout", "5m")
        self.wait_until_settled()

    def delete_namespace(self) -> None:
        """Without letting the pods drain first: nobody uses them any more."""
        namespace = f"namespace/{NAMESPACE}"
        self.run("kubectl", "delete", namespace, "--ignore-not-found", "--wait=false")
        self.run("kubectl", "delete", "pods", "--all", "--grace-period=1", "--wait=false", "-n", NAMESPACE)
        self.run("kubectl", "wait", namespace, "--for=delete", "--timeout=5m")

    def replace_pod(self, component: str) -> None:
        """Delete one pod of a component; returns when it is gone and another one is ready."""
        pod = self.pods(component)[0]["metadata"]
        self.stack.delete_pod(pod["name"])
        eventually(lambda: pod["uid"] not in self.stack.every_pod(), f"pod {pod['name']} is gone")
        self.wait_until_settled()

    def wait_until_served(self) -> None:
        """Whatever the test before this one did."""
        self.wait_until_settled()
        eventually(lambda: self.readiness("backend") == {200}, "the backend is ready")

    def wait_until_settled(self) -> None:
        eventually(self._is_settled, "all pods that are asked for are ready, and there are no others")

    def _is_settled(self) -> bool:
        workloads = [*self._list("apps/v1", "deployments"), *self._list("apps/v1", "statefulsets")]
        ready = all(
            item["status"].get("observedGeneration") == item["metadata"]["generation"]
            and item["status"].get("readyReplicas", 0) == item["spec"]["replicas"]
            for item in workloads
        )
        return ready and len(self.stack.every_pod()) == sum(item["spec"]["replicas"] for item in workloads)

    def pods(self, component: str) -> list[dict[str, Any]]:
        """Those of a component that are not terminating."""
        return self.selected({COMPONENT: component})

    def selected(self, labels: dict[str, str]) -> list[dict[str, Any]]:
        """The pods with these labels that are not terminating."""
        found = self._list("v1", "pods", ",".join(f"{name}={value}" for name, value in labels.items()))
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def restarts(self) -> dict[str, int]:
        """How often the containers of each pod were started again, by the pod's UID."""
        pods = [pod for component in (*KEYS, "postgres") for pod in self.pods(component)]
        return {
            pod["metadata"]["uid"]: sum(each["restartCount"] for each in pod["status"].get("containerStatuses", []))
            for pod in pods
        }

    def readiness(self, component: str) -> set[int]:
        """The statuses by which the pods of a component answer `/ready`."""
        names = [pod["metadata"]["name"] for pod in self.pods(component)]
        return {self.stack.kube.pod(NAMESPACE, name, PORTS[component], "/ready")[0] for name in names}

    def targets(self, service: str) -> set[str]:
        """The names of the pods that a Service leads to."""
        slices = self._list("discovery.k8s.io/v1", "endpointslices", f"kubernetes.io/service-name={service}")
        endpoints = [each for item in slices for each in item.get("endpoints") or []]
        return {each["targetRef"]["name"] for each in endpoints if each["conditions"]["ready"]}

    def apply(self, *manifests: dict[str, Any]) -> None:
        for manifest in manifests:
            metadata = {**manifest["metadata"], "namespace": NAMESPACE}
            self.stack.kube.apply({**manifest, "metadata": metadata}, manager="todo-failure")

    def claims(self) -> list[dict[str, Any]]:
        """The claims of volumes: the database's."""
        return self._list("v1", "persistentvolumeclaims")

    def _list(self, version: str, plural: str, selector: str = "") -> list[dict[str, Any]]:
        path = collection(version, plural, NAMESPACE)
        query = {"labelSelector": selector}
        found: list[dict[str, Any]] = self.stack.kube.call(f"list {plural}", "GET", path, query=query)["items"]
        return found

    def diagnosis(self) -> str:
        """The states of the pods, their events, and the ends of their logs, also of containers that ended."""
        wanted = [
            ("get", "pods", "-o", "wide"),
            ("get", "events", "--sort-by=.lastTimestamp"),
            ("logs", "--selector", PART_OF, "--all-containers", "--prefix", "--tail=20", "--ignore-errors"),
        ]
        wanted += [
            ("logs", pod["metadata"]["name"], "--previous", "--tail=20")
            for component in (*KEYS, "postgres")
            for pod in self.pods(component)
            if any(each["restartCount"] for each in pod["status"].get("containerStatuses", []))
        ]
        return "\n".join(self._tell(*words) for words in wanted)

    def _tell(self, *words: str) -> str:
        """What a kubectl command prints, errors included: a diagnosis shows what it can."""
        argv = ["kubectl", *words, "-n", NAMESPACE]
        try:
            done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=60)
            told = done.stdout + done.stderr
        except subprocess.TimeoutExpired as error:
            told = f"{error}\n"
        return f"$ kubectl {' '.join(words)}\n{told}"


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE_SECONDS} s: {what}")
        time.sleep(0.2)
