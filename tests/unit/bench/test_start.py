"""./dev bench start: what it deletes, what its caches are, and its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from scripts.bench.start import empty_caches, timed, why_kept
from scripts.bench.start_report import COLD, FRESH, UP, StartReport, parse_steps
from scripts.bench.statistics import Sample, Series
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.provider import ClusterStatus, Provider, State
from scripts.core.errors import UserError
from tests.unit.bench.test_machine import conditions
from tests.unit.fakes import FakeRunner


class Ours(Embedded):
    """The embedded cluster in a state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def status(self) -> ClusterStatus:
        return ClusterStatus(self.name, self._state, "")


@dataclass
class Other:
    name: str = "minikube"


def test_a_cluster_is_deleted_only_if_a_person_agrees() -> None:
    asked: list[str] = []

    def no(name: str) -> bool:
        asked.append(name)
        return False

    assert "confirm that with --yes" in why_kept(Ours("running"), no)
    assert why_kept(Ours("running"), lambda name: True) == ""
    assert asked == ["embedded"]


def test_nobody_is_asked_where_there_is_no_cluster_or_not_one_of_ours() -> None:
    def never(name: str) -> bool:
        raise AssertionError

    assert why_kept(Ours("absent"), never) == ""
    assert "minikube is not one that ./dev made" in why_kept(cast(Provider, Other()), never)


def test_every_cache_is_one_of_its_own_below_the_folder() -> None:
    found = empty_caches(Path("/tmp/x"))
    assert {"TODO_CACHE_DIR", "GOCACHE", "GOMODCACHE", "npm_config_cache", "PIP_CACHE_DIR"} < found.keys()
    assert len(set(found.values())) == len(found)
    assert all(value.startswith("/tmp/x/") for value in found.values())


def test_a_command_that_fails_is_named_with_its_reason(tmp_path: Path) -> None:
    runner = FakeRunner({"./dev status": (1, "", "error: no cluster")})
    assert timed(runner, tmp_path, ("logs",)).seconds >= 0
    with pytest.raises(UserError, match="./dev status failed: error: no cluster"):
        timed(runner, tmp_path, ("status",))


def test_the_steps_of_a_command_are_read_by_name() -> None:
    lines = [
        "Cluster: embedded (asked for)",
        "✓ Start cluster embedded  it runs  (0.3 s, 1 s total)",
        "  … Deploy and prove the stack: waits  (15 s)",
        "✗ Build todo-backend  (9.0 s, 10 s total)",
        "✓ Deploy and prove the stack  (2.5 s, 4 s total)",
    ]
    assert parse_steps(lines) == {"Start cluster embedded": 0.3, "Deploy and prove the stack": 2.5}


def test_the_report_has_each_wait_its_steps_and_what_was_left_out() -> None:
    series = {UP: Series([Sample(4.5, {"Deploy": 2.5}), Sample(4.0, {"Deploy": 2.0})]), "logs": Series([Sample(0.5)])}
    found = StartReport(conditions(), "the cluster would be deleted", series)
    text = found.text()
    assert "| `./dev up --once`, everything running |   4.25 | 4.50 |    2 |" in text
    assert "`./dev up --once`, everything running\n  Deploy 2.2\n" in text
    assert "not measured: fresh clone, filled caches, no cluster: the cluster would be deleted" in text
    assert found.figures() == {UP: 4.25, "logs": 0.5}
    assert found.as_json()[UP]["p50"] == 4.25


def test_a_start_with_empty_caches_says_what_was_not_empty() -> None:
    once = Series([Sample(400.0)])
    text = StartReport(conditions(), "", {FRESH: once, COLD: once}).text()
    assert "not measured" not in text
    assert "Debian packages" in text and "build cache" in text
