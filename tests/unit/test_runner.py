"""Starting other programs."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from scripts.core import runner
from scripts.core.errors import ToolMissing, UserError
from scripts.core.parallel import run_together, start
from scripts.core.paths import ROOT
from scripts.core.runner import CommandFailed, Subprocess


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_and_input_pass_through() -> None:
    result = Subprocess().run(python("import sys; print(sys.stdin.read().upper())"), input="hello")
    assert result.stdout.strip() == "HELLO"


def test_a_failure_names_the_program_and_its_last_line() -> None:
    with pytest.raises(CommandFailed, match="python.*: no such thing") as raised:
        Subprocess().run(python("import sys; print('fine'); sys.exit('no such thing')"))
    assert raised.value.result.returncode == 1


def test_a_missing_program_is_a_message_not_a_traceback() -> None:
    with pytest.raises(ToolMissing, match="no-such-program is not installed"):
        Subprocess().run(["no-such-program"])


def test_a_folder_that_is_not_there_is_named_and_not_the_program(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(UserError, match=f"sh cannot be started in {gone}: No such file or directory; make the folder"):
        Subprocess().run(["sh", "-c", "exit"], cwd=gone)


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("#!/bin/sh\n", 0o644, "Permission denied"),
        ("#!/no/such/interpreter\n", 0o755, "No such file or directory"),
        ("\x7fELF cut off", 0o755, "Exec format error"),
        ("", 0, "No such file or directory"),
    ],
    ids=["not executable", "without its interpreter", "of another machine", "not there"],
)
def test_a_file_that_cannot_be_started_is_named_with_the_reason(tmp_path: Path, text: str, mode: int, why: str) -> None:
    if text:
        (tmp_path / "x.sh").write_text(text)
        (tmp_path / "x.sh").chmod(mode)
    with pytest.raises(UserError, match=rf"\./x\.sh cannot be started: {why}; check that it is there, "):
        Subprocess().run(["./x.sh"], cwd=tmp_path)


def test_a_program_on_path_that_lacks_its_interpreter_is_not_called_missing(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/no/such/interpreter\n")
    (tmp_path / "tool").chmod(0o755)
    with pytest.raises(UserError, match="tool cannot be started: No such file or directory"):
        Subprocess().run(["tool"], env={"PATH": str(tmp_path)})


def test_lines_arrive_one_by_one_including_stderr() -> None:
    lines: list[str] = []
    code = "import sys; print('one', flush=True); print('two', file=sys.stderr, flush=True); print('three')"
    Subprocess().run(python(code), on_line=lines.append)
    assert lines == ["one", "two", "three"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_program_that_never_ends_is_killed_after_the_timeout(stream: bool) -> None:
    with pytest.raises(CommandFailed, match=r"timed out after 0\.2 s"):
        Subprocess().run(
            python("import signal; signal.pause()"), timeout=0.2, on_line=(lambda line: None) if stream else None
        )


@pytest.mark.parametrize("stream", [False, True])
def test_after_the_timeout_what_it_started_is_killed_too(stream: bool) -> None:
    """Else the end of the output that both write would not come before theirs."""
    on_line = (lambda line: None) if stream else None
    result = Subprocess().run(["sh", "-c", "tail -f /dev/null; :"], timeout=0.2, check=False, on_line=on_line)
    assert result.returncode == -signal.SIGKILL


CLEANS_UP = """
import signal
try:
    print("started", flush=True)
    signal.pause()
except KeyboardInterrupt:
    print("cleans up\\n" * 10_000, flush=True)
    {then}
"""
INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # as ./dev does; background jobs of shells ignore it
from scripts.core.runner import Subprocess
show = lambda line: print(line, flush=True)
try:
    Subprocess().run([sys.executable, "-c", sys.argv[1]], on_line=show, patience=60)
except KeyboardInterrupt:
    print("ended")
"""


@contextmanager
def running(code: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A process that runs a program with patience, once that has started; it must end by itself."""
    argv = [sys.executable, "-c", INTERRUPTED, code]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process, process.stdout
    assert process.returncode == 0


def test_an_interrupted_program_may_clean_up_and_what_it_prints_meanwhile_is_shown() -> None:
    with running(CLEANS_UP.format(then="print('is clean')")) as (process, output):
        process.send_signal(signal.SIGINT)
        assert output.read().splitlines()[-2:] == ["is clean", "ended"]


def test_a_second_interruption_ends_a_program_that_still_cleans_up() -> None:
    with running(CLEANS_UP.format(then="signal.pause()")) as (process, output):
        process.send_signal(signal.SIGINT)
        assert "cleans up\n" in iter(output.readline, "")
        process.send_signal(signal.SIGINT)
        assert output.read().endswith("ended\n")  # of the program's own line there may be a part before it


def ended(monkeypatch: pytest.MonkeyPatch, script: str) -> tuple[list[str], int]:
    """What a shell printed that is ended with its first line, and its status."""
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.2)
    lines: list[str] = []
    ends: list[runner.End] = []

    def on_line(line: str) -> None:
        lines.append(line)
        ends[0]()

    result = Subprocess().run(["sh", "-c", script], check=False, on_line=on_line, on_start=ends.append)
    ends[0]()  # nothing is left to end
    return lines, result.returncode


def test_a_program_is_ended_with_all_that_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(monkeypatch, "tail -f /dev/null & echo on; wait; echo after") == (["on"], -signal.SIGTERM)


def test_what_does_not_let_itself_be_ended_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(monkeypatch, "trap '' TERM; echo on; tail -f /dev/null") == (["on"], -signal.SIGKILL)


def test_a_program_may_exit_without_reading_its_input() -> None:
    result = Subprocess().run(python("print('done')"), input=b"x" * 1_000_000, on_line=lambda line: None)
    assert result.stdout == "done"


def test_environment_is_merged_over_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTER", "outer")
    code = "import os; print(os.environ['OUTER'], os.environ['INNER'], os.getcwd())"
    result = Subprocess().run(python(code), env={"INNER": "inner"}, cwd=tmp_path)
    assert result.stdout.split() == ["outer", "inner", str(tmp_path)]


def test_of_several_parts_the_first_failure_is_raised_without_waiting_for_the_rest() -> None:
    endless = python("import signal; signal.pause()")
    runner = Subprocess()

    def fail() -> None:
        raise ValueError("broken part")

    with pytest.raises(ValueError, match="broken part"):
        run_together(lambda: runner.run(endless, check=False), fail)
    runner.end_all()


def test_what_was_started_beside_gives_its_result_or_its_error_once_it_is_asked_for() -> None:
    go = threading.Event()

    def fail() -> None:
        raise UserError("it failed")

    later, failed = start(lambda: go.wait(60)), start(fail)
    go.set()
    assert later() is True
    with pytest.raises(UserError, match="it failed"):
        failed()
