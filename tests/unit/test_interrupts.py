"""Signals that end a command, in a real terminal that is closed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

import pytest

from scripts.core.paths import ROOT
from tests.unit.engine.live_cluster import until
from tests.unit.terminals import terminal

COMMAND = """
import signal, sys
from scripts import cli
from scripts.core.runner import Subprocess

class Command:
    configure = staticmethod(lambda parser: None)

    @staticmethod
    def run(args):
        Subprocess().run(["sh", "-c", "echo $$ >$0; echo started; exec tail -f /dev/null", sys.argv[1]],
            on_line=print, patience=60)

cli._load = lambda name: Command
sys.exit(cli.main(["status"]))
"""
LOOP = """
import sys
from pathlib import Path
from scripts.core.progress import Steps
from scripts.engine.page.watch import watch
from tests.unit.engine.loop_bench import Bench

class Silent:
    start = stop = lambda self: None

bench = Bench(Path(sys.argv[1]))
status = watch(bench.loop, Silent(), bench.logs, Steps(), "http://localhost", 0, Path(sys.argv[1]))
Path(sys.argv[1], "ended").write_text(f"{status} {bench.loop._stopped}")
"""


IGNORED = (
    "import signal; from scripts.core import interrupts; interrupts.install(); print(signal.getsignal(signal.SIGHUP))"
)


@pytest.fixture
def pid(tmp_path: Path) -> Iterator[Path]:
    """Where a program writes its pid."""
    yield tmp_path / "pid"
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), SIGKILL)


def has_ended(pid: Path) -> bool:
    stat = Path("/proc", pid.read_text().strip(), "stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_command_whose_terminal_is_closed_ends_what_it_has_started(pid: Path) -> None:
    with terminal("-c", COMMAND, str(pid)) as opened:
        opened.wait_for("started")
        assert opened.close() == 130
    until(lambda: has_ended(pid), "the program has ended")


def test_a_loop_whose_terminal_is_closed_ends_in_order(tmp_path: Path, pid: Path) -> None:
    (tmp_path / "Tiltfile").write_text(f"local_resource('e2e', 'echo $$ >{pid}; echo started; exec tail -f /dev/null')")
    with terminal("-c", LOOP, str(tmp_path)) as opened:
        opened.wait_for("started")
        assert opened.close() == 0
    assert (tmp_path / "ended").read_text() == "0 True"
    until(lambda: has_ended(pid), "the local command has ended")


def test_nohup_is_respected() -> None:
    argv = ["nohup", sys.executable, "-c", IGNORED]
    done = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.stdout == "1\n", done.stderr
