"""`./dev test` sets up what a tier needs, so that each tier runs alone on a bare machine."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from scripts.cli import main
from scripts.commands import test as command
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.docker import prepare
from scripts.docker.containers import Containers
from scripts.testing import checks, loops, tiers
from scripts.testing.junit import NOTHING_COLLECTED, Outcome, add_case, read_junit
from scripts.testing.tier import Run, Tier
from scripts.testing.tiers import TIERS
from scripts.workloads import Workload
from tests.unit.fakes import FakeRunner
from tests.unit.tier_run import tier_run

OURS = f"{sys.executable} -m scripts"
BEFORE = {"loop": "up --once", "install": "cluster up", "resources": "cluster up"}
TESTS = {
    "loop": "tests/loop --ignore=tests/loop/test_memory.py",
    "install": "tests/install",
    "resources": "tests/resources",
}


@pytest.mark.parametrize(("tier", "command"), BEFORE.items())
def test_what_a_tier_needs_is_set_up_first(tier: str, command: str, tmp_path: Path) -> None:
    runner = FakeRunner()
    TIERS[tier].whole(tier_run(runner, tmp_path))
    first, second = runner.argvs()
    assert first == f"{OURS} {command}"
    assert second.startswith(f"{sys.executable} -m pytest ") and second.endswith(f" {TESTS[tier]}")


@pytest.mark.parametrize(("tier", "command"), BEFORE.items())
def test_a_tier_whose_setup_fails_has_failed_and_runs_nothing(tier: str, command: str) -> None:
    runner = FakeRunner({f"{OURS} {command}": (1, "", "error: no Docker rights")})
    assert TIERS[tier].whole(tier_run(runner)) == Outcome(failed=1, ok=False)
    assert len(runner.calls) == 1


def test_the_long_soak_runs_only_when_it_is_named_and_shows_each_operation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TODO_SOAK_OPERATIONS", raising=False)
    monkeypatch.delenv("TODO_MEMORY_EDITS", raising=False)
    assert "soak" not in tiers.choose([])
    runner = FakeRunner()
    TIERS["soak"].whole(tier_run(runner, tmp_path))
    first, second = runner.argvs()
    assert first == f"{OURS} up --once"
    assert second.endswith(" tests/loop/test_soak.py tests/loop/test_memory.py --capture=no")
    assert soak_settings(runner) == {"TODO_SOAK_OPERATIONS": "500", "TODO_MEMORY_EDITS": "200"}


@pytest.mark.parametrize(
    ("tier", "names", "words"),
    [
        ("failure", [], "tests/failure -m everyday"),
        ("failure", ["failure"], "tests/failure --capture=no"),
        ("load", ["load"], "tests/load --capture=no"),
    ],
)
def test_a_named_tier_runs_what_takes_long(tier: str, names: list[str], words: str, tmp_path: Path) -> None:
    assert "load" not in tiers.choose([])
    runner = FakeRunner()
    tiers.choose(names)[tier](tier_run(runner, tmp_path))
    first, second, *_ = runner.argvs()
    assert first == f"{OURS} cluster up"
    assert second.endswith(f" {words}")


@pytest.mark.parametrize(("setup", "calls"), [(0, 3), (1, 2)])
def test_the_node_of_the_failure_tier_is_deleted_also_if_its_setup_fails(
    setup: int, calls: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TODO_NODE_NAME", raising=False)
    removed: list[str] = []
    monkeypatch.setattr(Containers, "remove_volume", lambda _containers, name: removed.append(name))
    runner = FakeRunner({f"{OURS} cluster up": (setup, "", "")})
    TIERS["failure"].whole(tier_run(runner, tmp_path))
    assert runner.argvs()[-1] == f"{OURS} cluster delete --cluster embedded --yes"
    assert removed == ["todo-failure-images"]
    assert len(runner.calls) == calls
    assert {call.env["TODO_NODE_NAME"] for call in runner.calls} == {"todo-failure"}


@pytest.mark.parametrize("tier", ["coverage", "install", "mcp"])
def test_interrupted_tests_may_end_the_servers_that_they_have_started(
    tier: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(prepare, "postgres", lambda *_: None)
    runner = FakeRunner()
    TIERS[tier].whole(tier_run(runner, tmp_path))
    starting = [call for call in runner.calls if "pytest" in call.argv or "scripts" in call.argv]
    assert starting and all(call.patience > 0 for call in starting)


@pytest.mark.parametrize("named", ["", "minikube"])
def test_the_failure_tier_harms_no_other_cluster(named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TODO_CLUSTER", named)
    monkeypatch.setattr(Containers, "remove_volume", lambda _containers, name: None)
    runner = FakeRunner()
    TIERS["failure"].whole(tier_run(runner, tmp_path))
    *on_cluster, _deletion = runner.calls
    assert {call.env["TODO_CLUSTER"] for call in on_cluster} == {"embedded"}


def test_the_failure_tier_deletes_no_node_of_the_caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TODO_NODE_NAME", "of-the-caller")
    runner = FakeRunner()
    TIERS["failure"].whole(tier_run(runner, tmp_path))
    assert len(runner.calls) == 2


def test_the_failure_tier_makes_no_node_for_a_name_that_selects_nothing(tmp_path: Path) -> None:
    runner = FakeRunner({f"{sys.executable} -m pytest -q --collect-only tests/failure": (NOTHING_COLLECTED, "", "")})
    assert TIERS["failure"].whole(tier_run(runner, tmp_path, match="proxy")) == Outcome()
    assert len(runner.calls) == 1


def test_a_soak_of_another_length_is_set_by_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TODO_SOAK_OPERATIONS", "20")
    monkeypatch.delenv("TODO_MEMORY_EDITS", raising=False)
    runner = FakeRunner()
    TIERS["soak"].whole(tier_run(runner, tmp_path))
    assert soak_settings(runner) == {"TODO_MEMORY_EDITS": "200"}


def test_the_unit_tier_wants_an_engine_and_runs_without_one_that_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    runner = FakeRunner()
    TIERS["unit"].whole(tier_run(runner, tmp_path))
    assert "warning: the Docker engine that DOCKER_HOST" in capsys.readouterr().out
    assert " tests/unit " in runner.argvs()[-1]


def test_tiers_that_need_the_cluster_for_themselves_are_refused_at_once_beside_a_loop(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loops, "holder", lambda runner: "another checkout")
    monkeypatch.setattr(command, "run_tier", lambda name, check, run: Outcome(1))
    assert main(["test"]) == 1
    said = capsys.readouterr()
    alone = "loop, install, cluster"
    assert f"error: a loop keeps the stack deployed (another checkout), and the tests of {alone} need" in said.err
    assert "==" not in said.out
    assert main(["test", "unit", "e2e"]) == 0


@pytest.mark.parametrize(("sources", "tested"), [("a1", True), ("b2", False)])
def test_beside_a_loop_the_stack_is_tested_only_if_it_is_of_this_checkout(
    sources: str, tested: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served = Workload("backend", 1, 1, "image", serves="a1", sources=sources)
    monkeypatch.setattr(loops, "holder", lambda runner: "anna@pc")
    monkeypatch.setattr(loops, "_deployed", lambda runner: [served])
    monkeypatch.setattr(checks, "_have_browser", lambda run: None)
    runner = FakeRunner()
    with nullcontext() if tested else pytest.raises(UserError, match=r"\(anna@pc\) serves other code of backend than"):
        TIERS["e2e"].whole(tier_run(runner, tmp_path))
    assert [argv.endswith(" tests/e2e") for argv in runner.argvs()] == [True] * tested


def soak_settings(runner: FakeRunner) -> dict[str, str]:
    """The variables that set how long the soak is."""
    return {name: value for name, value in runner.calls[1].env.items() if name != "TODO_ARTEFACTS"}


def passes(run: Run) -> Outcome:
    return Outcome(1)


def fails(run: Run) -> Outcome:
    run.show("what went wrong")
    return Outcome(failed=1, ok=False)


def fails_after_its_tests(run: Run) -> Outcome:
    add_case(run.report, "tests", "one", None)
    run.show("an error that no test has caught")
    return read_junit(run.report, 1)


def cannot_start(run: Run) -> Outcome:
    raise UserError("there is no cluster", "start one")


@pytest.fixture
def own_tiers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Three tiers in place of the real ones, and the folder for their results."""
    table = {
        "short": Tier("a", passes),
        "long": Tier("b", fails, part=passes),
        "longest": Tier("c", cannot_start, plain=False),
    }
    monkeypatch.setattr(tiers, "TIERS", table)
    for name, folder in {"ROOT": tmp_path, "RESULTS": tmp_path, "FAILED": tmp_path / "failed"}.items():
        monkeypatch.setattr(command, name, folder)
    return tmp_path


def test_a_plain_run_takes_the_parts_that_every_change_needs_and_all_takes_everything(own_tiers: Path) -> None:
    assert tiers.choose([]) == {"short": passes, "long": passes}
    assert tiers.choose(["all"]) == {"short": passes, "long": fails, "longest": cannot_start}
    assert tiers.choose(["long"]) == {"long": fails}
    with pytest.raises(UserError, match="there is no test tier 'lint'"):
        tiers.choose(["lint"])


def test_every_tier_leaves_a_report_and_the_failed_ones_their_output(
    own_tiers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = argparse.Namespace(tier=["all"], k="", junit=own_tiers / "reports")
    assert command.run(args) == 1
    found = {path.name: read_junit(path, 0) for path in (own_tiers / "reports").iterdir()}
    assert {name: (outcome.passed, outcome.failed) for name, outcome in found.items()} == {
        "short.xml": (1, 0), "long.xml": (0, 1), "longest.xml": (0, 1),
    }  # fmt: skip
    kept = {path.parent.name: path.read_text() for path in (own_tiers / "failed").glob("*/output.txt")}
    assert kept == {"long": "what went wrong\n", "longest": "error: there is no cluster; start one\n"}
    assert capsys.readouterr().out.endswith("of the failures (long, longest): failed\n")


def test_the_report_of_a_tier_that_failed_has_a_failure_also_if_all_of_its_tests_passed(
    own_tiers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "TIERS", {"a": Tier("a", fails_after_its_tests)})
    assert command.run(argparse.Namespace(tier=[], k="", junit=own_tiers)) == 1
    found = read_junit(own_tiers / "a.xml", 0)
    assert (found.passed, found.failed) == (1, 1)


def test_a_name_that_no_test_has_is_an_error(
    own_tiers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def two_tests(run: Run) -> Outcome:
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", run.match, "."]
        run.report.parent.mkdir(parents=True, exist_ok=True)
        ended = Subprocess().run([*argv, f"--junitxml={run.report}"], cwd=own_tiers, check=False)
        return read_junit(run.report, ended.returncode, selected=True)

    (own_tiers / "test_it.py").write_text("import pytest\ndef test_one(): pass\ndef test_two(): pytest.skip('why')\n")
    checks = {
        "lint": Tier("a", passes, by_name=False),
        "a": Tier("b", two_tests),
        "b": Tier("c", lambda run: Outcome()),
    }
    monkeypatch.setattr(tiers, "TIERS", checks)
    found = {k: command.run(argparse.Namespace(tier=[], k=k, junit=None)) for k in ("one", "two", "typo")}
    assert found == {"one": 0, "two": 0, "typo": 1}
    assert capsys.readouterr().err == "error: no test matches 'typo'; correct -k, or name the tier that has the test\n"
    monkeypatch.setitem(checks, "a", Tier("b", cannot_start))
    assert command.run(argparse.Namespace(tier=[], k="typo", junit=None)) == 1
    assert "no test matches" not in capsys.readouterr().err


def test_results_of_an_earlier_run_are_gone(own_tiers: Path) -> None:
    command.run(argparse.Namespace(tier=["long"], k="", junit=None))
    assert command.run(argparse.Namespace(tier=["short"], k="", junit=None)) == 0
    assert (own_tiers / "failed/long").exists()
    command.run(argparse.Namespace(tier=[], k="", junit=None))
    assert not (own_tiers / "failed/long").exists()


def test_a_name_selects_tests_of_the_frontend_too(tmp_path: Path) -> None:
    runner = FakeRunner()
    TIERS["frontend"].whole(tier_run(runner, tmp_path, match="the proxy"))
    assert [argv.endswith(" -t the proxy") for argv in runner.argvs() if " test " in argv] == [True]
