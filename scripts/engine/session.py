"""One run of the engine, from a cluster that runs to a stack that is served: what `./dev up` calls."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping

from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.core.scrubber import Scrubber
from scripts.core.slots import Slots
from scripts.docker.engine import Engine
from scripts.engine.loop.loop import TILTFILE, Loop
from scripts.engine.loop.settle import settle
from scripts.engine.loop.tools import Tools
from scripts.engine.page.server import page_port
from scripts.engine.page.watch import announce, watch
from scripts.engine.proof.prover import Instruments
from scripts.engine.record.board import Board
from scripts.engine.record.logs import Line, LogStore
from scripts.engine.record.pod_logs import PodLogs
from scripts.engine.settings import Ended, Settings
from scripts.engine.update.build import Builder
from scripts.kube.api import Kube
from scripts.kube.lease import Lease
from scripts.kube.mirror import Mirror
from scripts.kube.secrets import learn_secrets
from scripts.kube.warnings import Warnings
from scripts.tiltfile import evaluation
from scripts.tiltfile.failure import EvaluationFailed
from scripts.tiltfile.model import Environment

FAILURE_TAIL = 25


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
        pod_logs = PodLogs(kube, logs, lambda: learn_secrets(kube, settings.namespace, scrubber))
        tools = Tools(
            instruments, builder, board, pod_logs, steps, Slots(environment.max_parallel),
            settings.manager, settings.sources_of, lambda: lease.lost,
        )  # fmt: skip
        loop = Loop(environment, lambda: evaluated(log), tools, runner, env)
        url = provider.node_url(settings.node_port)
        if once:
            result = _once(loop, logs, steps, url, settings.on_end)
        else:
            warnings = Warnings(kube, settings.namespace, loop.warned)
            result = watch(loop, warnings, logs, steps, url, port, settings.root)
        return 1 if lease.lost else result
    finally:
        lease.release()


def _once(loop: Loop, logs: LogStore, steps: Steps, url: str, on_end: Callable[[Ended], object]) -> int:
    """Until all is green or something failed for good."""
    board, named = loop.board, list[tuple[str, str]]()
    loop.start(stays=False)
    with steps.step("Deploy and prove the stack") as step:

        def note(text: str) -> None:
            for error in [error for error in board.errors() if error not in named]:
                named.append(error)
                steps.log(f"{error[0]} is red: {error[1]}")  # it may still heal
            step.note(text)

        settle(loop, note)
        step.note("")
    Subprocess.end_all()  # builds of other resources, once one has failed
    errors = board.errors() or board.unfinished(loop.automatic())
    loop.stop()
    tails = {name: [line.text for line in logs.after(0, name)[-FAILURE_TAIL:]] for name, _ in errors}
    on_end(Ended(board.snapshot()["resources"], errors, tails))
    if not errors:
        announce(board, steps, url)
    return 1 if errors else 0


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
        tiltfile = settings.root / "Tiltfile"
        environment = evaluation.evaluate(tiltfile, settings.subcommand, runner, env, log, settings.arguments)
    except EvaluationFailed as error:
        clean = UserError(scrubber.clean(error.what), error.fix)
        raise EvaluationFailed(clean, error.config_files, error.evaluated_at) from None
    objects = (item for resource in environment.resources for item in getattr(resource, "objects", ()))
    for item in objects:
        if item["kind"] == "Secret":
            scrubber.learn_secret(item)
    learn_secrets(kube, settings.namespace, scrubber)  # a command of the Tiltfile's may have made one
    return environment
