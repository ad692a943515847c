"""Compiling beside other work."""

import io
from pathlib import Path

import pytest

from scripts.cluster.embedded import node_binaries
from scripts.cluster.embedded.background_compile import BackgroundCompile
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from tests.unit.fakes import FakeRunner

SECONDS = 60


@pytest.fixture(autouse=True)
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(node_binaries, "go_of_the_wheel", list)


def machine(status: int) -> FakeRunner:
    answers = {"/usr/bin/go version": (0, "go version go9.0 linux/amd64", ""), "/usr/bin/go build": (status, "", "bad")}
    return FakeRunner(answers)


def test_whoever_needs_the_programs_waits_for_the_same_compile() -> None:
    runner, out = machine(0), io.StringIO()
    compiling = BackgroundCompile(runner)
    first, second = compiling.begin(Steps(out)), compiling.begin(Steps(out))
    assert first.result(SECONDS) == second.result(SECONDS) == node_binaries.folder()
    assert sum(call.argv[1] == "build" for call in runner.calls) == 1
    assert out.getvalue().count("✓ Compile Kubernetes") == 1


def test_programs_in_the_cache_are_there_without_a_step() -> None:
    node_binaries.folder().mkdir(parents=True)
    out = io.StringIO()
    assert BackgroundCompile(FakeRunner()).begin(Steps(out)).result(SECONDS) == node_binaries.folder()
    assert out.getvalue() == ""


def test_a_compile_that_fails_is_reported_to_those_who_wait() -> None:
    programs = BackgroundCompile(machine(1)).begin(Steps(io.StringIO()))
    with pytest.raises(UserError, match="could not compile the embedded cluster"):
        programs.result(SECONDS)
