"""One run of the engine, from a cluster that runs to a stack that is served: what `./dev up` calls."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from scripts import revision, stack
from scripts.cluster import api
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.docker import prepare
from scripts.docker.engine import Engine
from scripts.engine.loop.lease import Lease
from scripts.engine.loop.loop import TILTFILE, Loop
from scripts.engine.loop.worker import Tools
from scripts.engine.model import Environment, Image, Manifest
from scripts.engine.page.server import PageServer, page_port
from scripts.engine.pods.logs import PodLogs
from scripts.engine.pods.mirror import Mirror
from scripts.engine.record.board import Board
from scripts.engine.record.logs import Line, LogStore, Scrubber
from scripts.engine.tiltfile import evaluation
from scripts.engine.update.build import Builder
from scripts.kube.api import Kube, collection
from scripts.services import by_image

LINES_OF_A_FAILURE = 25
SECRETS = collection("v1", "secrets", stack.NAMESPACE)


def revision_of(image: Image) -> str:
    service = by_image(image.ref)
    return revision.revision(image.context, service.sources) if service else ""


def run(provider: Provider, *, once: bool, steps: Steps, engine: Engine | None = None) -> int:
    """Bring the stack up by the Tiltfile. With `once` return when all is served (0) or something failed (1); else watch
    until Ctrl+C, which leaves the stack running. `engine` is that of the provider's image route."""
    runner, port = Subprocess(), page_port()
    kube = api.connect(provider)
    env = {"KUBECONFIG": str(provider.kubeconfig()), "TODO_CLUSTER": provider.name}
    scrubber = Scrubber()
    logs = LogStore(scrubber)

    def evaluated(log: Callable[[str], object]) -> Environment:
        return evaluate(ROOT / "Tiltfile", runner, env, log, kube, scrubber)

    def log(text: str) -> Line:
        return logs.add(TILTFILE, text)

    def stop(why: str) -> None:
        steps.log(f"error: {why}; this one ends")
        os.kill(os.getpid(), signal.SIGTERM)  # wakes the main thread, whatever it waits for

    lease = Lease(kube, stack.LEASE, ROOT, 0 if once else port, stop)
    lease.acquire()
    try:
        with steps.step("Evaluate the Tiltfile"):
            environment = evaluated(lambda text: steps.log(f"{TILTFILE:>12} │ {log(text).text}"))
        board = Board(logs.wake, scrubber.scrub)
        mirror = Mirror(kube, stack.NAMESPACE, lambda: loop.pods_changed())
        route = provider.image_route()
        engine = engine or prepare.docker(runner, steps, check_space=False, env=route.env)
        builder = Builder(runner, engine, route, steps)
        slots = threading.Semaphore(environment.max_parallel)
        tools = Tools(
            kube, builder, board, logs, PodLogs(kube, logs), mirror, steps, slots, provider.node_url, revision_of
        )
        loop = Loop(environment, lambda: evaluated(log), tools, runner, env)
        url = provider.node_url(stack.FRONTEND_NODE_PORT)
        result = _once(loop, board, logs, steps, url) if once else _watch(loop, board, logs, steps, url, port)
        return 1 if lease.lost else result
    finally:
        lease.release()


def _tell(board: Board, steps: Steps, url: str) -> None:
    """What was proved, and where a person looks at it."""
    for row in board.snapshot()["resources"]:
        if row["revision"]:
            steps.log(f"  {row['name']:<11} serves revision {row['revision']}, the one of these sources")
    steps.log(f"The app is at {url} after {steps.seconds():.1f} s")


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
            steps.log(f"{name:>12} │ {text}")
    for name, detail in board.errors():
        steps.log(f"error: {name}: {detail}")
    if board.errors():
        return 1
    _tell(board, steps, url)
    return 0


def _watch(loop: Loop, board: Board, logs: LogStore, steps: Steps, url: str, port: int) -> int:
    """Print the merged log until Ctrl+C or a polite kill."""
    page = PageServer(board, logs, loop.trigger, port)
    steps.log(f"Page: {page.start()}")

    def announce() -> None:
        loop.wait_until_settled()
        if not board.errors():
            _tell(board, steps, url)
            steps.log("Watching for changes; Ctrl+C ends it and leaves the stack running")

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    number = logs.number
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


def evaluate(
    file: Path, runner: Runner, env: Mapping[str, str], log: Callable[[str], object], kube: Kube, scrubber: Scrubber
) -> Environment:
    """What a Tiltfile describes. `scrubber` learns the Secrets in the cluster and in the Tiltfile's YAML: their values
    must not show up anywhere. Raises UserError, also when the cluster does not tell them."""

    def learn(secrets: Iterable[Manifest]) -> None:
        for secret in secrets:
            scrubber.learn_secret(secret)

    def in_cluster() -> list[Manifest]:
        found: list[Manifest] = kube.call("list the Secrets to be kept out of logs", "GET", SECRETS)["items"]
        return found

    learn(in_cluster())
    try:
        environment = evaluation.evaluate(file, "up", runner, env, log)
    except evaluation.EvaluationFailed as error:
        scrubbed = UserError(scrubber.scrub(error.what), error.fix)
        raise evaluation.EvaluationFailed(scrubbed, error.config_files) from None
    objects = (item for resource in environment.resources for item in getattr(resource, "objects", ()))
    learn(item for item in objects if item["kind"] == "Secret")
    learn(in_cluster())  # a command of the Tiltfile's may have made one
    return environment
