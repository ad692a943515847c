"""Processes that run, have ended, or have the number of one that has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scripts.core import process


def test_a_process_runs_from_its_start_to_its_end_also_as_a_zombie() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = process.start_time(child.pid)
    assert started and process.runs(child.pid, started)
    assert not process.runs(child.pid, "another start"), "the number was given to another process"
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.runs(child.pid, started), "it has ended, though its parent has not taken notice"
    child.wait()
    assert (process.start_time(child.pid), process.runs(child.pid, started)) == ("", False)
    assert not process.runs(child.pid, ""), "without a start time nothing is known"


def test_the_machine_is_the_same_in_every_process_of_it() -> None:
    argv = [sys.executable, "-c", "from scripts.core import process; print(process.machine())"]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() == process.machine()


def test_a_pid_namespace_of_its_own_is_another_machine() -> None:
    argv = ["unshare", "--pid", "--fork", sys.executable, "-c",
            "from scripts.core import process; print(process.machine())"]  # fmt: skip
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no pid namespace can be made here: {done.stderr.strip()}")
    assert done.stdout.strip() not in ("", process.machine())
