"""One run of the engine, from a cluster that runs to a stack that is served: what `./dev up` calls."""

from __future__ import annotations

import base64
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from scripts import docker_engine, stack
from scripts.cluster.client import connect
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.engine import tiltfile
from scripts.engine.board import Board
from scripts.engine.build import Builder
from scripts.engine.kube import ApiError, Kube, collection
from scripts.engine.lease import Lease
from scripts.engine.logs import LogStore, Scrubber
from scripts.engine.loop import Loop
from scripts.engine.mirror import Mirror
from scripts.engine.model import Environment
from scripts.engine.podlogs import PodLogs
from scripts.engine.server import PORT, PageServer
from scripts.engine.worker import Tools

LOCAL_CONTEXTS = ("minikube", "kind-", "k3d-", "docker-desktop", "rancher-desktop", "orbstack", "colima", "microk8s")


def run(
    provider: Provider,
    *,
    once: bool,
    steps: Steps,
    subcommand: str = "up",
    folder: Path = ROOT,
    runner: Runner | None = None,
    docker: str = "",
) -> int:
    """Bring the stack up by the Tiltfile in `folder`. With `once` return when all is served (0) or something failed
    (1); else watch until Ctrl+C, which leaves the stack running. `subcommand` is what the Tiltfile sees: up or ci."""
    runner = runner or Subprocess()
    docker = docker or docker_engine.choose_cli(
        runner, docker_engine.candidates(os.environ.get("PATH", os.defpath))
    )
    kube = Kube(connect(provider))
    lease = Lease(kube, folder)
    lease.acquire()
    try:
        with _Session(provider, kube, steps, subcommand, folder, runner, docker, watch=not once) as session:
            return session.until_green() if once else session.watch()
    finally:
        lease.release()


def evaluate(folder: Path, subcommand: str, runner: Runner, env: Mapping[str, str], context: str) -> Environment:
    """The Tiltfile's environment, checked against the context it would change."""
    environment = tiltfile.evaluate(folder / "Tiltfile", subcommand, runner, env)
    if context not in environment.allowed_contexts and not context.startswith(LOCAL_CONTEXTS):
        raise UserError(
            f"the Tiltfile may not change context {context!r}, which is no known local cluster",
            f"if it is yours, add allow_k8s_contexts({context!r}) to the Tiltfile",
        )
    return environment


class _Session:
    """The parts of a loop put together, and taken apart at the end."""

    def __init__(
        self,
        provider: Provider,
        kube: Kube,
        steps: Steps,
        subcommand: str,
        folder: Path,
        runner: Runner,
        docker: str,
        *,
        watch: bool,
    ) -> None:
        self._steps, self._watch, self._kube = steps, watch, kube
        env = {"KUBECONFIG": str(provider.kubeconfig()), "TODO_CLUSTER": provider.name}

        def evaluate_again() -> Environment:
            return evaluate(folder, subcommand, runner, env, provider.context)

        with steps.step("Evaluate the Tiltfile"):
            environment = evaluate_again()
        self._scrubber = Scrubber()
        self.logs = LogStore(self._scrubber)
        self.board = Board(self.logs.wake)
        self._learn_secrets()
        self._mirror = Mirror(kube, stack.NAMESPACE, lambda: self.loop.pods_changed())
        tools = Tools(
            kube=kube,
            builder=Builder(runner, docker, provider.image_route(), steps),
            board=self.board,
            logs=self.logs,
            pod_logs=PodLogs(kube, self.logs),
            mirror=self._mirror,
            steps=steps,
            slots=threading.Semaphore(environment.max_parallel),
            node_url=provider.node_url,
        )
        self.loop = Loop(environment, evaluate_again, tools, runner, env)
        for warning in environment.warnings:
            self.logs.add("(Tiltfile)", f"warning | {warning}")

    def __enter__(self) -> _Session:
        self._page: PageServer | None = None
        if self._watch:
            port = int(os.environ.get("TODO_PAGE_PORT") or PORT)
            self._page = PageServer(self.board, self.logs, self.loop.trigger, port)
            self._steps.say(f"Page: {self._page.start()}")
        self._mirror.start()
        self.loop.start(watch=self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.stop()
        if self._page:
            self._page.shutdown()

    def until_green(self) -> int:
        with self._steps.step("Deploy and prove the stack") as step:
            while not self.loop.wait_until_settled(1.0):
                step.note(", ".join(f"{name} {status}" for name, status in self.board.busy()))
            step.note("; ".join(f"{name}: {detail}" for name, detail in self.board.errors()))
        for name, detail in self.board.errors():
            for line in self.logs.after(0, name, 25):
                self._steps.say(f"  {name} │ {line.text}")
            self._steps.say(f"error: {name}: {detail}")
        return 1 if self.board.errors() else 0

    def watch(self) -> int:
        """Print the merged log until Ctrl+C."""
        threading.Thread(target=self._announce, daemon=True).start()
        number = 0
        try:
            while True:
                for line in self.logs.after(number):
                    number = line.number
                    if not line.text.startswith("build | "):
                        print(f"{line.resource:>12} │ {line.text}", flush=True)
                self.logs.wait(lambda now: now > number, 3600)  # noqa: B023
        except KeyboardInterrupt:
            print("\nStopped watching; the stack goes on running (./dev down removes it)", file=sys.stderr)
            return 0

    def _announce(self) -> None:
        self.loop.wait_until_settled()
        if not self.board.errors():
            self._steps.say(f"All resources are green after {self._steps.seconds():.1f} s; watching for changes")

    def _learn_secrets(self) -> None:
        """Values that must not show up in a log or on the page."""
        try:
            path = collection("v1", "secrets", stack.NAMESPACE)
            found = self._kube.call("list secrets", "GET", path)["items"]
        except ApiError:
            return
        values = [base64.b64decode(value).decode(errors="replace") for item in found
                  for value in (item.get("data") or {}).values()]  # fmt: skip
        self._scrubber.learn(part for value in values for part in (value, *value.replace(",", ":").split(":")))
