"""One run of the engine, from a cluster that runs to a stack that is served: what `./dev up` calls."""

from __future__ import annotations

import base64
import os
import signal
import sys
import threading
from pathlib import Path

from scripts import docker_engine, stack
from scripts.cluster.client import connect
from scripts.cluster.kube import ApiError, Kube, collection
from scripts.cluster.provider import Provider
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.engine import tiltfile
from scripts.engine.board import Board
from scripts.engine.build import Builder
from scripts.engine.lease import Lease
from scripts.engine.logs import LogStore, Scrubber
from scripts.engine.loop import Loop
from scripts.engine.mirror import Mirror
from scripts.engine.model import Environment
from scripts.engine.podlogs import PodLogs
from scripts.engine.server import PORT, PageServer
from scripts.engine.worker import Tools

LINES_OF_A_FAILURE = 25


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
    docker = docker or docker_engine.choose_cli(runner, docker_engine.candidates(os.environ.get("PATH", os.defpath)))
    kube = Kube(connect(provider))
    env = {"KUBECONFIG": str(provider.kubeconfig()), "TODO_CLUSTER": provider.name}

    def evaluate_again() -> Environment:
        return tiltfile.evaluate(folder / "Tiltfile", subcommand, runner, env)

    lease = Lease(kube, folder)
    lease.acquire()
    try:
        with steps.step("Evaluate the Tiltfile"):
            environment = evaluate_again()
        logs = LogStore(_scrubber(kube))
        board = Board(logs.wake)
        mirror = Mirror(kube, stack.NAMESPACE, lambda: loop.pods_changed())
        builder = Builder(runner, docker, provider.image_route(), steps)
        slots = threading.Semaphore(environment.max_parallel)
        tools = Tools(kube, builder, board, logs, PodLogs(kube, logs), mirror, steps, slots, provider.node_url)
        loop = Loop(environment, evaluate_again, tools, runner, env)
        url = provider.node_url(stack.FRONTEND_NODE_PORT)
        return _once(loop, board, logs, steps, url) if once else _watch(loop, board, logs, steps, url)
    finally:
        lease.release()


def _tell(board: Board, steps: Steps, url: str) -> None:
    """What was proved, and where a person looks at it."""
    for row in board.snapshot()["resources"]:
        if row["revision"]:
            steps.say(f"  {row['name']:<11} serves revision {row['revision']}, the one of these sources")
    steps.say(f"The app is at {url} after {steps.seconds():.1f} s")


def _once(loop: Loop, board: Board, logs: LogStore, steps: Steps, url: str) -> int:
    """Until all is green or something failed; then the end of the failed resources' logs."""
    loop.start(watch=False)
    with steps.step("Deploy and prove the stack") as step:
        while not loop.wait_until_settled(1.0):
            step.note(", ".join(f"{name} {status}" for name, status in board.busy()))
        step.note("")
    loop.stop()
    for name, detail in board.errors():
        building = "the build of" in detail
        lines = [line.text for line in logs.after(0, name) if building or not line.text.startswith("build |")]
        for text in lines[-LINES_OF_A_FAILURE:]:
            steps.say(f"{name:>12} │ {text}")
    for name, detail in board.errors():
        steps.say(f"error: {name}: {detail}")
    if board.errors():
        return 1
    _tell(board, steps, url)
    return 0


def _watch(loop: Loop, board: Board, logs: LogStore, steps: Steps, url: str) -> int:
    """Print the merged log until Ctrl+C or a polite kill."""
    page = PageServer(board, logs, loop.trigger, int(os.environ.get("TODO_PAGE_PORT") or PORT))
    steps.say(f"Page: {page.start()}")

    def announce() -> None:
        loop.wait_until_settled()
        if not board.errors():
            _tell(board, steps, url)
            steps.say("Watching for changes; Ctrl+C ends it and leaves the stack running")

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    number = 0
    try:
        loop.start(watch=True)
        threading.Thread(target=announce, daemon=True).start()
        while True:
            for line in logs.after(number):
                number = line.number
                if not line.text.startswith("build |"):
                    print(f"{line.resource:>12} │ {line.text}", flush=True)
            logs.wait(lambda latest, seen=number: latest > seen, 3600)  # type: ignore[misc]
    except KeyboardInterrupt:
        print("\nStopped watching; the stack goes on running (./dev down removes it)", file=sys.stderr)
        return 0
    finally:
        loop.stop()
        page.shutdown()


def _scrubber(kube: Kube) -> Scrubber:
    """Knows the values of the namespace's Secrets, and their parts: they must not show up in a log or on the page."""
    scrubber = Scrubber()
    try:
        found = kube.call("list secrets", "GET", collection("v1", "secrets", stack.NAMESPACE))["items"]
    except ApiError:
        return scrubber
    for secret in found:
        for data in (secret.get("data") or {}).values():
            value = base64.b64decode(data).decode(errors="replace")
            scrubber.learn((value, *value.replace(",", ":").split(":")))
    return scrubber
