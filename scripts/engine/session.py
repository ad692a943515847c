"""One run of the engine, from a cluster that runs to a stack that is served: what `./dev up` calls."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.core.screen import Screen
from scripts.docker.engine import Engine
from scripts.engine.loop.loop import TILTFILE, Loop
from scripts.engine.loop.tools import Tools
from scripts.engine.page.commands import Commands
from scripts.engine.page.server import Buttons, PageServer, page_port
from scripts.engine.page.terminal import TerminalView
from scripts.engine.proof.prover import Instruments
from scripts.engine.record.board import Board
from scripts.engine.record.logs import Line, LogStore, Scrubber
from scripts.engine.record.pod_logs import PodLogs
from scripts.engine.settings import Settings
from scripts.engine.update.build import Builder
from scripts.kube.api import Kube, collection
from scripts.kube.lease import Lease
from scripts.kube.mirror import Mirror
from scripts.kube.warnings import Warnings
from scripts.tiltfile import evaluation
from scripts.tiltfile.model import Environment

FAILURE_TAIL = 25
HEAL_SECONDS = 30.0


def run(settings: Settings, provider: Provider, kube: Kube, *, once: bool, steps: Steps, docker: Engine) -> int:
    """Bring the stack up by the Tiltfile. With `once` return when all is served (0) or something failed (1); else watch
    until Ctrl+C, which leaves the stack running. `docker` is the engine of the provider's image route."""
    runner, port = Subprocess(), page_port()
    env = {"KUBECONFIG": str(provider.kubeconfig()), "TODO_CLUSTER": provider.name}
    scrubber = Scrubber()
    logs = LogStore(scrubber)

    def evaluated(log: Callable[[str], object]) -> Environment:
        return evaluate(settings, runner, env, log, kube, scrubber)

    def log(text: str) -> Line:
        return logs.add(TILTFILE, text)

    def stop(why: str) -> None:
        steps.log(f"error: {why}; this one ends")
        os.kill(os.getpid(), signal.SIGTERM)  # wakes the main thread, whatever it waits for

    lease = Lease(kube, settings.lease, settings.root, 0 if once else port, stop)
    lease.acquire()
    try:
        with steps.step("Evaluate the Tiltfile"):
            environment = evaluated(lambda text: steps.log(f"{TILTFILE:>12} │ {log(text).text}"))
        board = Board(logs.wake, scrubber.clean)
        mirror = Mirror(kube, lambda: loop.pods_changed())
        instruments = Instruments(kube, mirror, logs, provider.node_url)
        builder = Builder(runner, docker, provider.image_route(), steps)
        slots = threading.Semaphore(environment.max_parallel)
        pod_logs = PodLogs(kube, logs, lambda: learn_secrets(kube, settings.namespace, scrubber))
        tools = Tools(
            instruments, builder, board, pod_logs, steps, slots,
            settings.manager, settings.sources_of, lambda: lease.lost,
        )  # fmt: skip
        loop = Loop(environment, lambda: evaluated(log), tools, runner, env)
        url = provider.node_url(settings.node_port)
        if once:
            result = _once(loop, logs, steps, url)
        else:
            commands = Commands(settings.commands, settings.root, runner, env, board, logs)
            warnings = Warnings(kube, settings.namespace, loop.warned)
            result = _watch(loop, commands, warnings, logs, steps, url, port, settings.root)
        return 1 if lease.lost else result
    finally:
        lease.release()


def _announce(board: Board, steps: Steps, url: str) -> None:
    """What was proved, and where a person looks at it."""
    for row in board.snapshot()["resources"]:
        if row["revision"]:
            steps.log(f"  {row['name']:<11} serves revision {row['revision']}, the one of these sources")
    steps.log(f"The app is at {url} after {steps.seconds():.1f} s")


def _once(loop: Loop, logs: LogStore, steps: Steps, url: str) -> int:
    """Until all is green or something failed for good; then the end of the failed resources' logs."""
    board = loop.board
    loop.start(stays=False)
    with steps.step("Deploy and prove the stack") as step:
        settle(loop, step.note)
        step.note("")
    Subprocess.end_all()  # builds of other resources, once one has failed
    errors = board.errors() or board.unfinished(loop.automatic())
    loop.stop()
    for name, _ in errors:
        for line in logs.after(0, name)[-FAILURE_TAIL:]:
            steps.log(f"{name:>12} │ {line.text}")
    for name, detail in errors:
        steps.log(f"error: {name}: {detail}")
    if errors:
        return 1
    _announce(board, steps, url)
    return 0


def settle(loop: Loop, note: Callable[[str], object], heal_seconds: float = HEAL_SECONDS) -> None:
    """Until all automatic resources are green, or one has failed for good. What is red but may heal, and what only
    waits for something that nobody works on, is given `heal_seconds`."""
    board, names = loop.board, loop.automatic()
    stuck_since: float | None = None
    while not board.green(names) and not board.errors(final=True):
        stuck = bool(board.errors()) or not board.working()
        stuck_since = (stuck_since or time.monotonic()) if stuck else None
        if stuck_since is not None and time.monotonic() - stuck_since > heal_seconds:
            return
        note(", ".join(f"{name} {status}" for name, status in board.busy()))
        board.wait_for(lambda: board.green(names) or bool(board.errors(final=True)), 1.0)


def _watch(
    loop: Loop, commands: Commands, warnings: Warnings, logs: LogStore, steps: Steps, url: str, port: int, root: Path
) -> int:
    """Show the merged log and the state until Ctrl+C or SIGTERM."""
    board = loop.board
    buttons = Buttons(lambda name: loop.trigger(name) or commands.trigger(name), loop.restart)
    page = PageServer(board, logs, buttons, port, root)
    at = page.start()
    view = TerminalView(board, logs, screen := Screen(sys.stdout), at)
    steps.on_line = screen.line
    steps.log(f"Page: {at}")

    def announce() -> None:
        settle(loop, lambda text: None, float("inf"))
        if not board.errors():
            _announce(board, steps, url)
            steps.log("Watching for changes; Ctrl+C ends it and leaves the stack running")

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        loop.start(stays=True)
        commands.start()
        warnings.start()
        threading.Thread(target=announce, daemon=True).start()
        while True:
            view.show()
            view.wait()
    except KeyboardInterrupt:
        view.close()
        print("Stopped watching; the stack goes on running (./dev down removes it)", file=sys.stderr)
        return 0
    finally:
        Subprocess.end_all()
        warnings.stop()
        commands.stop()
        loop.stop()
        page.end()


def evaluate(
    settings: Settings,
    runner: Runner,
    env: Mapping[str, str],
    log: Callable[[str], object],
    kube: Kube,
    scrubber: Scrubber,
) -> Environment:
    """What the Tiltfile describes. `scrubber` learns the Secrets in the cluster and in the Tiltfile's YAML: their
    values must not show up anywhere. Raises UserError, also when the cluster does not list them."""
    learn_secrets(kube, settings.namespace, scrubber)
    try:
        environment = evaluation.evaluate(settings.root / "Tiltfile", "up", runner, env, log)
    except evaluation.EvaluationFailed as error:
        clean = UserError(scrubber.clean(error.what), error.fix)
        raise evaluation.EvaluationFailed(clean, error.config_files) from None
    objects = (item for resource in environment.resources for item in getattr(resource, "objects", ()))
    for item in objects:
        if item["kind"] == "Secret":
            scrubber.learn_secret(item)
    learn_secrets(kube, settings.namespace, scrubber)  # a command of the Tiltfile's may have made one
    return environment


def learn_secrets(kube: Kube, namespace: str, scrubber: Scrubber) -> None:
    """Learn the Secrets that the cluster has now. Raises ApiError if it does not list them."""
    path = collection("v1", "secrets", namespace)
    for secret in kube.call("list the Secrets to be kept out of logs", "GET", path)["items"]:
        scrubber.learn_secret(secret)
