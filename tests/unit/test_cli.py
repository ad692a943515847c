"""The command line: help, errors on one line, exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from scripts.cli import COMMANDS, main, with_system_folders
from scripts.core.paths import ROOT


def test_without_a_command_the_help_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: ./dev {name}" in capsys.readouterr().out


def test_a_wrong_argument_is_one_line_with_the_choices_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "no-such-tier"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: there is no test tier 'no-such-tier'; choose from: lint, unit")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "/somewhere"), "Permission denied: /somewhere; check permissions"),
        (OSError(28, "No space left on device"), "No space left on device; free some space"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer; run ./dev test again"),
    ],
)
def test_an_error_of_the_system_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    def refused(*_: object) -> int:
        raise error

    monkeypatch.setattr("scripts.commands.test.run", refused)
    assert main(["test"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {said}")


def test_system_programs_are_found_without_sbin_on_the_path() -> None:
    assert with_system_folders("/usr/bin:/bin") == "/usr/bin:/bin:/usr/sbin:/sbin"
    assert with_system_folders("/usr/sbin:/usr/bin") == "/usr/sbin:/usr/bin:/sbin"


def test_a_background_job_of_a_script_can_still_end_what_it_starts_by_an_interrupt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = [sys.executable, "-c", "import signal; raise SystemExit(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"]
    monkeypatch.setattr("scripts.commands.test.run", lambda args: subprocess.run(child).returncode)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert subprocess.run(child).returncode == 1
        assert main(["test"]) == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_dev_reports_a_python_that_is_too_old_or_missing() -> None:
    env = {**os.environ, "TODO_PYTHON": "no-such-python"}
    done = subprocess.run([str(ROOT / "dev"), "--help"], env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ./dev needs Python 3.11 or newer as no-such-python;")
