"""The loop in a process of its own, and what the engines report of an update."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from scripts import tilt
from scripts.bench.loop_process import LoopProcess, ReportedUpdate, first_update
from scripts.bench.tilt_process import first_build
from scripts.core.errors import UserError


def test_the_first_update_after_a_save_is_the_one_that_counts() -> None:
    updates = [
        {"time": second, "action": "sync", "stages": {"sync": second}, "seconds": 1.0, "error": ""}
        for second in (10.0, 20.0, 30.0)
    ]
    assert first_update(updates, 15.0) == ReportedUpdate("sync", {"sync": 20.0}, 1.0)
    assert first_update(updates, 30.0) is None


def tilt_resource(name: str, update: str, runtime: str, **status: object) -> dict[str, object]:
    return {"metadata": {"name": name}, "status": {"updateStatus": update, "runtimeStatus": runtime, **status}}


def test_the_state_of_tilt_is_read_with_its_builds() -> None:
    builds = [
        {"startTime": "2030-01-01T00:00:10.250000Z", "finishTime": "2030-01-01T00:00:10.750000Z", "spanID": "build:2"},
        {"startTime": "2030-01-01T00:00:01Z", "finishTime": "2030-01-01T00:00:05Z", "error": "no"},
    ]
    items = [
        tilt_resource("backend", "ok", "ok", buildHistory=builds),
        tilt_resource("e2e", "none", "not_applicable", triggerMode=2),
        tilt_resource("frontend", "in_progress", "pending", buildHistory=None),
    ]
    found = tilt.parse_resources(json.dumps({"items": items}))
    assert [(name, row.done, row.manual) for name, row in found.items()] == [
        ("backend", True, False),
        ("e2e", False, True),
        ("frontend", False, False),
    ]
    saved = found["backend"].builds[0].started - 0.125
    assert first_build(found["backend"].builds, saved) == ReportedUpdate("", {"detect": 0.125, "update": 0.5}, 0.625)
    assert first_build(found["backend"].builds, saved + 1) is None


class Script(LoopProcess):
    """A shell script in place of a loop."""

    def start(self, seconds: float = 20) -> None:
        self.launch(["sh", "loop.sh"], {"WORD": "ready"})
        self.until(self.green, "it says that it is ready", seconds)

    def green(self) -> bool:
        return "ready" in self.output

    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        return None


def test_a_loop_runs_in_a_terminal_ends_by_ctrl_c_and_returns_its_status(tmp_path: Path) -> None:
    (tmp_path / "loop.sh").write_text(
        "trap 'echo bye; exit 7' INT; [ -t 1 ] && echo $WORD >/dev/tty; while :; do sleep 0.05; done\n"
    )
    loop = Script(tmp_path)
    loop.start()
    assert loop.stop() == 7


def test_a_loop_has_a_terminal_also_where_the_caller_has_none(tmp_path: Path) -> None:
    (tmp_path / "loop.sh").write_text("(echo ready >/dev/tty) || exit 1; while :; do sleep 0.05; done\n")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setsid()  # a session without a terminal, as of a job in CI
            with pytest.raises(OSError):
                os.open("/dev/tty", os.O_RDWR)
            loop = Script(tmp_path)
            loop.start()
            loop.stop()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_letter_of_several_bytes_is_whole_wherever_the_terminal_cuts_the_output(tmp_path: Path) -> None:
    letters = "a" + "€" * 100_000
    (tmp_path / "letters").write_text(f"{letters}\n")
    (tmp_path / "loop.sh").write_text("trap exit INT; cat letters; echo ready; while :; do sleep 0.05; done\n")
    loop = Script(tmp_path)
    loop.start()
    loop.stop()
    assert loop.output[0] == letters


def test_a_loop_that_was_stopped_can_be_started_again_and_shows_what_it_prints_then(tmp_path: Path) -> None:
    (tmp_path / "loop.sh").write_text(
        "trap exit INT; touch run; echo run $(wc -c <run); printf x >>run; echo ready; while :; do sleep 0.05; done\n"
    )
    loop = Script(tmp_path)
    loop.start()
    loop.stop()
    loop.start()
    loop.stop()
    assert [line for line in loop.output if line.startswith("run")] == ["run 1"]


def test_a_loop_that_ignores_ctrl_c_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench.loop_process.END_SECONDS", 0.2)
    (tmp_path / "loop.sh").write_text("trap '' INT; echo ready; while :; do sleep 0.05; done\n")
    loop = Script(tmp_path)
    loop.start()
    assert loop.stop() == -signal.SIGKILL


def test_a_loop_that_ends_by_itself_is_an_error_with_its_own_message(tmp_path: Path) -> None:
    (tmp_path / "loop.sh").write_text("echo 'error: another loop runs: ann in /x; stop it'; exit 1\n")
    loop = Script(tmp_path)
    with pytest.raises(UserError, match="ended with status 1: another loop runs: ann in /x; stop it"):
        loop.start()
    assert loop.stop() == 1
