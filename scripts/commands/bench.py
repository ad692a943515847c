"""`./dev bench`: measures the time from saving a file until the change is served, from outside the loop.

A loop runs on a copy of the checkout. The bench saves files as editors do and polls /health every 10 ms for the
revision, through the NodePort if the service has one, else through the API server. The engine's own figures are
printed next to it. Polling costs CPU time, so the measured times are upper bounds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from scripts.bench.edits import SERVICES, Bench
from scripts.bench.loop_process import Edits, LoopProcess, RunningLoop, copy_checkout
from scripts.bench.report import Edit, Phase, Report, as_json, machine, parse_steps, table
from scripts.bench.tilt_process import RunningTilt
from scripts.cluster import api, select
from scripts.core import ports
from scripts.core.errors import ToolMissing, UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.engine import page_port, running_loop, status_snapshot
from scripts.stack import LEASE

if TYPE_CHECKING:
    from scripts.kube.api import Kube

START_SECONDS = 900.0
RESTORE_SECONDS = 180.0
# Between two edits; random, to avoid running in step with anything periodic.
PAUSE_SECONDS = (0.2, 0.7)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edits", type=_count, default=10, metavar="N", help="edits per service (default: 10)")
    parser.add_argument("--service", choices=SERVICES, action="append", help="only this service (may be repeated)")
    parser.add_argument("--engine", choices=("embedded", "tilt"), default="embedded", help="default: embedded")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all measurements to this file")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of edits (1 or more)")
    return int(text)


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    if args.json and not args.json.parent.is_dir():
        raise UserError(f"cannot write {args.json}: there is no folder {args.json.parent}", "create it first")
    if args.engine == "tilt" and runner.which("tilt") is None:
        raise ToolMissing("tilt")
    provider, why = select.choose(args.cluster, runner)
    state = provider.status()
    if state.state != "running":
        raise UserError(f"no cluster to measure: {state.name} is {state.state}", "run: ./dev up --once")
    steps.log(f"Cluster: {provider.name} ({why})")
    os.environ["TODO_CLUSTER"] = provider.name  # the loop must use the same cluster

    kube = api.connect(provider)
    port = page_port()
    check_free(kube, port)
    here, names = machine(), args.service or list(SERVICES)
    phases: list[Phase] = []
    with TemporaryDirectory(prefix="todo-bench-") as scratch:
        folder = copy_checkout(runner, Path(scratch))
        loop = RunningTilt(folder, runner, port) if args.engine == "tilt" else RunningLoop(folder, port)
        with running(loop, kube, provider.node_url, steps) as bench:
            phases.append(Phase("start of the loop → all green", steps.finished[-1][1]))
            edits = [edit for name in names for edit in edit_again_and_again(bench, name, args.edits, steps)]
            for name in names:
                with steps.step(f"Rebuild {name}"):
                    phases.append(bench.rebuild(name))
        if args.engine == "embedded":
            phases.append(up_once(runner, folder, steps))
    report = Report(
        command=f"./dev {shlex.join(sys.argv[1:])}",
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        engine=args.engine,
        cluster=provider.name,
        commit=commit(runner),
        machine=here,
        load_after=os.getloadavg(),
        edits=edits,
        phases=phases,
    )
    print(table(report))
    if args.json:
        args.json.write_text(json.dumps(as_json(report), indent=2, ensure_ascii=False) + "\n")
    return 0


def check_free(kube: Kube, port: int) -> None:
    """Raise UserError if another loop runs on the cluster, or the page's port is in use."""
    if found := running_loop(kube, LEASE):
        raise UserError(f"a loop already runs on this cluster: {found['holder']}", "stop it first")
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        who = "the loop of another cluster" if status_snapshot(port) else ports.holder(Subprocess(), port)
        raise UserError(f"port {port} is in use by {who}", "stop it, or set TODO_PAGE_PORT")


@contextmanager
def running(loop: LoopProcess, kube: Kube, node_url: Callable[[int], str], steps: Steps) -> Iterator[Bench]:
    """Run a loop; at the end undo the edits, wait until the original sources are served, and stop it."""
    edits = Edits(loop.folder)
    bench = None
    try:
        with steps.step("Start the loop"):
            loop.start(START_SECONDS)
        bench = Bench(loop, edits, kube, node_url)
        bench.until_restored(START_SECONDS)
        yield bench
    finally:
        try:
            edits.undo()
            if bench:
                with steps.step("Undo the edits") as step:
                    try:
                        bench.until_restored(RESTORE_SECONDS)
                    except UserError as error:
                        step.note(f"the cluster may still serve an edit, ./dev up repairs that: {error}")
        finally:
            loop.stop()


def edit_again_and_again(bench: Bench, name: str, count: int, steps: Steps) -> Iterator[Edit]:
    with steps.step(f"Edit {name} {count} times") as step:
        for number in range(1, count + 1):
            edit = bench.edit(name, number)
            step.note(f"the last took {edit.seconds:.3f} s")
            yield edit
            time.sleep(random.uniform(*PAUSE_SECONDS))


def up_once(runner: Runner, folder: Path, steps: Steps) -> Phase:
    """Time `./dev up --once`, with its steps, when everything runs and nothing has changed."""
    with steps.step("./dev up --once"):
        began = time.monotonic()
        done = runner.run(["./dev", "up", "--once", "--engine", "embedded"], cwd=folder, check=False, on_line=_ignore)
        seconds = time.monotonic() - began
    if done.returncode != 0:
        raise UserError(f"./dev up --once failed: {done.last_line()}", "run it by hand to see why")
    return Phase("up --once, everything running", seconds, parse_steps(done.stdout.splitlines()))


def _ignore(line: str) -> None:
    """`on_line` merges stderr into stdout; the lines are read at the end."""


def commit(runner: Runner) -> str:
    """The commit, with a + if files differ from it."""
    head = runner.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=False).stdout.strip()
    changed = runner.run(["git", "status", "--porcelain"], cwd=ROOT, check=False).stdout.strip()
    return f"{head or 'unknown'}{'+' if changed else ''}"
