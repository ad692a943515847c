"""`./dev bench loop`: measures the time from saving a file until the change is served, from outside the loop.

Each engine runs on a copy of the checkout. Files are saved as editors do, and /health is asked for the revision every
few milliseconds, through the NodePort if the service has one, else through the API server. The engine's own figures
are printed next to it. Asking costs CPU time, so the measured times are upper bounds.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from scripts.bench.checkout import copy_checkout
from scripts.bench.crowd import CROWDS, FILES, Crowd
from scripts.bench.edits import Probe
from scripts.bench.floor import FloorBench
from scripts.bench.loop_process import RunningLoop
from scripts.bench.loop_report import EMBEDDED, FLOOR, TILT, LoopReport, Measured
from scripts.bench.machine import Conditions
from scripts.bench.series import LoopBench, repeat, running
from scripts.bench.tilt_process import RunningTilt
from scripts.cluster import api, select
from scripts.core import ports
from scripts.core.errors import ToolMissing, UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.engine import page_port, running_loop, status_snapshot
from scripts.stack import LEASE

if TYPE_CHECKING:
    from scripts.cluster.provider import Provider
    from scripts.kube.api import Kube

CROWD_SHARE = 3
"""Beside a crowd a third of the edits is made: there are more of these series."""


@dataclass(frozen=True)
class Plan:
    """What to measure. `engines` is empty for all that can be had."""

    edits: int
    services: Sequence[str]
    engines: Sequence[str] = ()
    rebuilds: bool = True
    crowds: bool = True


def measure(runner: Runner, steps: Steps, plan: Plan, cluster: str | None) -> LoopReport:
    engines = chosen(plan.engines, has_tilt=runner.which("tilt") is not None)
    provider, kube = cluster_to_measure(runner, steps, cluster)
    port = page_port()
    check_free(kube, port)
    conditions = Conditions.now(runner, provider.name)
    results: dict[str, dict[str, Measured]] = {
        service: {engine: Measured() for engine in engines} for service in plan.services
    }

    def of(engine: str) -> dict[str, Measured]:
        return {service: results[service][engine] for service in plan.services}

    def probe() -> Probe:
        return Probe(kube, provider.node_url)

    with TemporaryDirectory(prefix="todo-bench-") as scratch:
        folder = copy_checkout(runner, Path(scratch))
        with restored(runner, folder, steps):
            if FLOOR in engines:
                with steps.step("Bring up the stack"):
                    up_once(runner, folder)
                conditions.look()
                for name, measured in of(FLOOR).items():
                    with closing(FloorBench(kube, probe(), folder, name)) as floor:
                        measured.edits = repeat(floor.edit, plan.edits, f"floor: edit {name}", steps)
            for engine in engines:
                if engine != FLOOR:
                    loop = RunningTilt(folder, runner, port) if engine == TILT else RunningLoop(folder, port)
                    with running(loop, probe, steps, engine) as bench:
                        conditions.look()
                        edit(bench, of(engine), plan, steps, engine, conditions.look)
    conditions.end()
    return LoopReport(conditions, tilt_version(runner) if TILT in engines else "", results)


@contextmanager
def restored(runner: Runner, folder: Path, steps: Steps) -> Iterator[None]:
    """Afterwards the stack serves the checkout again, whatever was edited last."""
    try:
        yield
    finally:
        with steps.step("Restore the stack"):
            up_once(runner, folder)


def edit(
    bench: LoopBench, results: dict[str, Measured], plan: Plan, steps: Steps, engine: str, between: Callable[[], None]
) -> None:
    """Fill in what one engine takes. `between` is called when nothing is measured."""
    for name, measured in results.items():
        measured.edits = repeat(partial(bench.edit, name), plan.edits, f"{engine}: edit {name}", steps)
    for name, measured in results.items() if plan.rebuilds else ():
        between()
        with steps.step(f"{engine}: rebuild {name}"):
            measured.rebuild = bench.rebuild(name)
    for crowd in CROWDS if plan.crowds else ():
        try:
            edit_beside(bench, results, crowd, max(1, plan.edits // CROWD_SHARE), steps, engine)
        except UserError as error:
            reason = f"beside files {crowd.about}: {error.what.splitlines()[0]}"
            steps.log(f"warning: {engine}, {reason}")
            for measured in results.values():
                if crowd.name not in measured.beside:
                    measured.problems.append(reason)


def edit_beside(
    bench: LoopBench, results: dict[str, Measured], crowd: Crowd, count: int, steps: Steps, engine: str
) -> None:
    with ExitStack() as stack:
        with steps.step(f"{engine}: make {FILES:,} files {crowd.about}"):
            stack.enter_context(bench.beside(crowd))
        for name, measured in results.items():
            what = f"{engine}: edit {name} beside files {crowd.about}"
            measured.beside[crowd.name] = repeat(partial(bench.edit, name), count, what, steps)


def chosen(wanted: Sequence[str], *, has_tilt: bool) -> list[str]:
    """The engines in the order in which they run. Raises ToolMissing if Tilt is asked for and not there."""
    if TILT in wanted and not has_tilt:
        raise ToolMissing("tilt")
    names = wanted or (FLOOR, EMBEDDED, *([TILT] if has_tilt else []))
    return [engine for engine in (FLOOR, EMBEDDED, TILT) if engine in names]


def cluster_to_measure(runner: Runner, steps: Steps, cluster: str | None) -> tuple[Provider, Kube]:
    """A running cluster. Raises UserError if there is none. What is started from here uses the same one."""
    provider, why = select.choose(cluster, runner)
    state = provider.status()
    if state.state != "running":
        raise UserError(f"no cluster to measure: {state.name} is {state.state}", "run: ./dev up --once")
    steps.log(f"Cluster: {provider.name} ({why})")
    os.environ["TODO_CLUSTER"] = provider.name
    return provider, api.connect(provider)


def check_free(kube: Kube, port: int) -> None:
    """Raise UserError if another loop runs on the cluster, or the page's port is in use."""
    if found := running_loop(kube, LEASE):
        raise UserError(f"a loop already runs on this cluster: {found['holder']}", "stop it first")
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        who = "the loop of another cluster" if status_snapshot(port) else ports.holder(Subprocess(), port)
        raise UserError(f"port {port} is in use by {who}", "stop it, or set TODO_PAGE_PORT")


def up_once(runner: Runner, folder: Path, env: Mapping[str, str] | None = None) -> list[str]:
    """Run `./dev up --once` in a checkout; returns what it printed."""
    argv = ["./dev", "up", "--once", "--engine", "embedded"]
    done = runner.run(argv, cwd=folder, env=env, check=False, on_line=_ignore)
    if done.returncode != 0:
        raise UserError(f"./dev up --once failed: {done.last_line()}", "run it by hand to see why")
    return done.stdout.splitlines()


def _ignore(line: str) -> None:
    """`on_line` merges stderr into stdout; the lines are read at the end."""


def tilt_version(runner: Runner) -> str:
    found = re.search(r"\d+(\.\d+)+", runner.run(["tilt", "version"]).stdout)
    return found[0] if found else "of unknown version"
