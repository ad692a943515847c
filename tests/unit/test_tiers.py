"""`./dev test` sets up what a tier needs, so that each tier runs alone on a bare machine."""

from __future__ import annotations

import sys

import pytest

from scripts.commands.test import ALL, TIERS
from scripts.junit import Outcome
from tests.unit.fakes import FakeRunner

OURS = f"{sys.executable} -m scripts"
BEFORE = {"loop": "up --once", "install": "cluster up"}
TESTS = {"loop": "tests/loop --ignore=tests/loop/test_memory.py", "install": "tests/install"}


@pytest.mark.parametrize(("tier", "command"), BEFORE.items())
def test_what_a_tier_needs_is_set_up_first(tier: str, command: str) -> None:
    runner = FakeRunner()
    TIERS[tier](runner, [])
    first, second = runner.argvs()
    assert first == f"{OURS} {command}"
    assert second.startswith(f"{sys.executable} -m pytest ") and second.endswith(f" {TESTS[tier]}")


@pytest.mark.parametrize(("tier", "command"), BEFORE.items())
def test_a_tier_whose_setup_fails_has_failed_and_runs_nothing(tier: str, command: str) -> None:
    runner = FakeRunner({f"{OURS} {command}": (1, "", "error: no Docker rights")})
    assert TIERS[tier](runner, []) == Outcome(failed=1, ok=False)
    assert len(runner.calls) == 1


def test_the_long_soak_runs_only_when_it_is_named_and_shows_each_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TODO_SOAK_OPERATIONS", raising=False)
    monkeypatch.delenv("TODO_MEMORY_EDITS", raising=False)
    assert "soak" not in ALL
    runner = FakeRunner()
    TIERS["soak"](runner, [])
    first, second = runner.argvs()
    assert first == f"{OURS} up --once"
    assert second.endswith(" tests/loop/test_soak.py tests/loop/test_memory.py --capture=no")
    assert runner.calls[1].env == {"TODO_SOAK_OPERATIONS": "500", "TODO_MEMORY_EDITS": "200"}


def test_failures_are_tested_only_when_they_are_named() -> None:
    assert "failure" not in ALL
    runner = FakeRunner()
    TIERS["failure"](runner, [])
    first, second = runner.argvs()
    assert first == f"{OURS} cluster up"
    assert second.endswith(" tests/failure --capture=no")


def test_a_soak_of_another_length_is_set_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_SOAK_OPERATIONS", "20")
    monkeypatch.delenv("TODO_MEMORY_EDITS", raising=False)
    runner = FakeRunner()
    TIERS["soak"](runner, [])
    assert runner.calls[1].env == {"TODO_MEMORY_EDITS": "200"}


def test_the_unit_tier_wants_an_engine_and_runs_without_one_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    runner = FakeRunner()
    TIERS["unit"](runner, [])
    assert "warning: the Docker engine that DOCKER_HOST" in capsys.readouterr().out
    assert runner.argvs()[-1].endswith(" tests/unit")
