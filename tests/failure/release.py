"""A release of the final images in a namespace of its own, beside whatever else runs in the cluster."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from scripts.cluster import api, select
from scripts.cluster.provider import Provider
from scripts.commands.images import deliver_all
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import prepare
from scripts.docker.delivery import deliver
from scripts.images import version
from scripts.kube.api import collection
from scripts.services import SERVICES
from tests.e2e.deployed import Deployed

NAMESPACE = "todo-failure"
NODE_PORT = 30311
KEYS = {"backend": "backend", "mcp-server": "mcpServer", "frontend": "frontend"}
"""Component → its part of the chart's values."""
REPLICAS = 2
DEADLINE_SECONDS = 300


@dataclass(frozen=True)
class Release:
    stack: Deployed
    provider: Provider
    images: dict[str, str]
    env: dict[str, str]

    @classmethod
    def build(cls) -> Release:
        """Build the images and deliver them under tags that name their contents: the node has no older ones."""
        runner, steps = Subprocess(), Steps()
        deliver_all(runner, None, steps)
        provider, _ = select.choose()
        route = provider.image_route()
        engine = prepare.docker(runner, steps, check_space=False, env=route.env)
        images = {}
        for service in SERVICES:
            built = f"{service.image}:{version()}"
            images[service.component] = engine.images.id(built).removeprefix("sha256:")[:12]
            deliver(runner, engine, route, built, f"{service.image}:{images[service.component]}", steps)
        env = {**os.environ, "KUBECONFIG": str(provider.kubeconfig())}
        if tools := provider.bin_dir():
            env["PATH"] = f"{tools}{os.pathsep}{env['PATH']}"
        stack = Deployed(api.connect(provider), NAMESPACE, provider.node_url(NODE_PORT))
        return cls(stack, provider, images, env)

    def run(self, *argv: str) -> str:
        done = subprocess.run(argv, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            pytest.fail(f"{' '.join(argv)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def install(self) -> None:
        route = self.provider.image_route()
        registry = ["--set", f"global.imageRegistry={route.pull_host}"] if route.by_host_only else []
        values = [f"frontend.service.nodePort={NODE_PORT}"]
        values += [f"{key}.replicaCount={REPLICAS}" for key in KEYS.values()]
        tags = [f"{key}.image.tag={self.images[component]}" for component, key in KEYS.items()]
        self.helm(
            "install", "todo", "charts/todo-stack", "--create-namespace", *registry,
            "--set", ",".join(values), "--set-string", ",".join(tags),
        )  # fmt: skip

    def upgrade(self, *values: str) -> None:
        self.helm("upgrade", "todo", "charts/todo-stack", "--reset-then-reuse-values", "--set", ",".join(values))

    def rollback(self) -> None:
        self.helm("rollback", "todo")

    def helm(self, *words: str) -> None:
        """Returns when the pods that the command asked for are ready, and those that they replace are gone."""
        self.run("helm", *words, "--namespace", NAMESPACE, "--wait", "--timeout", "5m")
        self.wait_until_settled()

    def delete_namespace(self) -> None:
        self.run("kubectl", "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")

    def replace_pod(self, component: str) -> None:
        """Delete one pod of a component; returns when it is gone and another one is ready."""
        self.stack.delete_pod(next(iter(self.stack.pods(component))))
        self.wait_until_settled()

    def wait_until_settled(self) -> None:
        eventually(self._is_settled, "all pods that are asked for are ready, and there are no others")

    def _is_settled(self) -> bool:
        path = collection("apps/v1", "deployments", NAMESPACE)
        deployments = self.stack.kube.call("list deployments", "GET", path)["items"]
        asked = sum(item["spec"]["replicas"] for item in deployments)
        ready = all(
            item["status"].get("observedGeneration") == item["metadata"]["generation"]
            and item["status"].get("readyReplicas", 0) == item["spec"]["replicas"]
            for item in deployments
        )
        return ready and len(self.stack.every_pod()) == asked + 1  # the database

    def diagnosis(self) -> str:
        """The states of the pods, their events, and the ends of their logs."""
        parts = [self.run("kubectl", "get", "pods", "-o", "wide", "-n", NAMESPACE)]
        parts.append(self.run("kubectl", "get", "events", "--sort-by=.lastTimestamp", "-n", NAMESPACE))
        for component in KEYS:
            for pod in self.stack.pods(component):
                parts += [f"\n{pod}\n", self.run("kubectl", "logs", pod, "--tail=20", "-n", NAMESPACE)]
        return "".join(parts)


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE_SECONDS} s: {what}")
        time.sleep(0.2)
