"""The embedded cluster: real Kubernetes in one container, for machines that have Docker and package registries only."""

from __future__ import annotations

import os
import shutil
import ssl
import sys
import time
from base64 import b64decode
from contextlib import AbstractContextManager
from pathlib import Path

import yaml

from scripts.cluster import api
from scripts.cluster.embedded import node_binaries, node_container, node_image
from scripts.cluster.embedded.background_compile import BackgroundCompile
from scripts.cluster.embedded.node_container import NAME, Ports
from scripts.cluster.provider import ClusterStatus
from scripts.core import direct_http
from scripts.core.errors import UserError
from scripts.core.lock import exclusive
from scripts.core.paths import cache_dir
from scripts.core.progress import Step, Steps
from scripts.core.runner import Runner
from scripts.docker import registry
from scripts.docker.connection import QUICK_SECONDS
from scripts.docker.engine import Engine
from scripts.docker.errors import EngineError
from scripts.docker.route import ImageRoute
from scripts.stack import LEASE

READY_SECONDS = 180.0
LOGS = f"docker exec {NAME} sh -c 'tail -n 5 /var/log/todo-node/*.log'"


class Embedded:
    """See Provider."""

    name = "embedded"
    context = "todo-embedded"  # of every such cluster: each has a kubeconfig of its own

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._engine = Engine()
        self._compiling = BackgroundCompile(runner)
        self._known_ports: Ports | None = None
        self._folder = cache_dir() / "clusters" / NAME

    def available(self) -> str | None:
        if sys.platform != "linux":
            return "its node is built for Linux"
        return None if self._runner.which("docker") else "docker is not installed"

    def compile_ahead(self, steps: Steps) -> None:
        """Begin to compile what `prepare` needs, on a machine where Docker must be installed first."""
        if self._runner.which("docker") is None:
            self._compiling.begin(steps)

    def prepare(self, steps: Steps) -> str:
        """Build what `start` needs that takes minutes: may run beside other work. Returns the node image."""
        with self._locked("image", steps, of_all=True):
            return node_image.ensure(self._runner, self._engine, steps, self._compiling)

    def check_node_port(self, port: int) -> None:
        """Raise UserError if `start` would bring up a node that does not publish this NodePort."""
        _require_published(Ports.wanted(self._engine.containers.find(NAME)), port)

    def start(self, steps: Steps) -> None:
        image = self.prepare(steps)
        with self._locked("container", steps), steps.step("Start the embedded cluster") as step:
            containers, self._known_ports = self._engine.containers, None
            ports = Ports.wanted(containers.find(NAME))
            action = node_container.ensure(self._runner, containers, image, ports, self._loop)
            node_image.forget_older(self._engine, image)
            step.note("waiting for the API server")
            self._wait_ready(step)
            self._write_kubeconfig()
            self._check_published()
            step.note("was running" if action == "nothing" else "")

    def stop(self) -> None:
        with self._locked("container", Steps()):
            if self._engine.containers.find(NAME):
                self._engine.containers.stop(NAME)

    def delete(self) -> None:
        with self._locked("container", Steps()):
            node_container.delete(self._engine.containers)
            self._known_ports = None
            shutil.rmtree(self._folder, ignore_errors=True)

    def status(self) -> ClusterStatus:
        container = self._engine.containers.find(NAME)
        if container is None:
            return ClusterStatus(self.name, "absent", "start it with: ./dev cluster up")
        if container.state in ("exited", "created"):
            return ClusterStatus(self.name, "stopped", "start it with: ./dev cluster up")
        if container.state != "running":
            return ClusterStatus(self.name, "broken", f"container {NAME} is {container.state}; run: ./dev cluster up")
        if lacking := self._not_ready():
            return ClusterStatus(self.name, "broken", f"{lacking} is not ready; run: ./dev cluster up")
        return ClusterStatus(self.name, "running", f"context {self.context}")

    def takes_images(self) -> bool:
        container = self._engine.containers.find(NAME)
        running = container is not None and container.state == "running"
        return running and not registry.problem(self.image_route().push_host)

    @property
    def _ports(self) -> Ports:
        """Those that the container publishes, or would if it existed. Asked for once: a loop needs them often."""
        if self._known_ports is None:
            container = self._engine.containers.find(NAME)
            self._known_ports = Ports.of(container) if container else Ports.wanted(None)
        return self._known_ports

    def _loop(self) -> str:
        """Who runs a loop on the cluster; "" if nobody does, or the cluster does not answer."""
        from scripts.kube import lease  # half a second

        try:
            found = lease.holder(api.connect(self), LEASE)
        except UserError:
            return ""
        return found[0] if found else ""

    def kubeconfig(self) -> Path:
        return self._folder / "kubeconfig"

    def bin_dir(self) -> Path:
        return node_binaries.folder()

    def node_url(self, port: int) -> str:
        _require_published(self._ports, port)
        return f"http://127.0.0.1:{port}"

    def image_route(self) -> ImageRoute:
        host = f"localhost:{self._ports.registry}"
        return ImageRoute("registry", push_host=host, pull_host=host, why="the registry inside the embedded node")

    def node_exec(self, *argv: str) -> str:
        """Run a program on the node and return what it printed."""
        ran = self._engine.containers.exec(NAME, *argv)
        if ran.returncode != 0:
            raise UserError(f"{argv[0]} failed on the embedded node: {ran.last_line()}", f"see: {LOGS}")
        return ran.stdout

    def node_restart(self) -> None:
        """Cut the node's power: everything on it is killed at once, and starts again."""
        self._engine.containers.kill(NAME)
        self._engine.containers.start(NAME)

    def _not_ready(self) -> str:
        """What the node still lacks, "" when a workload can be deployed."""
        try:
            asked = self._engine.containers.exec(NAME, "/usr/local/lib/todo-node/node-ready", seconds=QUICK_SECONDS)
        except EngineError as error:
            return error.what  # the container stops, or the node is too busy to answer
        return "" if asked.returncode == 0 else asked.last_line()

    def _wait_ready(self, step: Step) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while lacking := self._not_ready():
            container = self._engine.containers.find(NAME)
            if container is None or container.state != "running":
                last = self._engine.containers.last_log_line(NAME)
                raise UserError(f"the embedded node stopped: {last}", f"see: docker logs {NAME}")
            if time.monotonic() > deadline:
                what = f"the embedded cluster is not ready after {READY_SECONDS:g} s, it waits for {lacking}"
                raise UserError(what, f"see: {LOGS}")
            step.note(f"waiting for {lacking}")
            time.sleep(0.2)

    def _write_kubeconfig(self) -> None:
        content = self.node_exec("cat", "/run/todo-node/admin.kubeconfig")
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self.kubeconfig().with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
        new.replace(self.kubeconfig())

    def _check_published(self) -> None:
        """Ask the API and the registry from this machine: the node was only asked from within."""
        cluster = yaml.safe_load(self.kubeconfig().read_text())["clusters"][0]["cluster"]
        trust = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
        urls = (f"{cluster['server']}/readyz", f"http://{self.image_route().push_host}/v2/")
        for url in urls:
            try:
                with direct_http.ask(url, 10, tls=trust):
                    pass
            except direct_http.FAILURES as error:
                raise UserError(
                    f"the embedded cluster runs, but {url} does not answer from this machine: {error}",
                    f"check that Docker publishes ports on this machine: docker port {NAME}",
                ) from None

    def _locked(self, what: str, steps: Steps, *, of_all: bool = False) -> AbstractContextManager[None]:
        """`of_all`: what the nodes of all names make in one place."""
        path = cache_dir() / "clusters" / (f"{what}.lock" if of_all else f"{NAME}.{what}.lock")
        waiting = f"  … another process works on the embedded cluster's {what}; waiting for it"
        return exclusive(path, lambda: steps.log(waiting))


def _require_published(ports: Ports, port: int) -> None:
    if port not in ports.node_port_range:
        published = f"{ports.first_node_port} to {ports.last_node_port}"
        usual = port in Ports().node_port_range
        fix = f"set TODO_FIRST_NODE_PORT={Ports.first_node_port}" if usual else f"use one of {published}"
        raise UserError(f"NodePort {port} is not published by the embedded cluster, but {published}", fix)
