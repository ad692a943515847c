"""Earlier runs of a bench, and the change since then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scripts.bench import history
from tests.unit.bench.test_machine import MACHINE, conditions


def test_a_run_is_compared_with_the_last_one_that_has_the_figure(tmp_path: Path) -> None:
    file = tmp_path / "bench" / "loop.jsonl"
    assert history.latest(file, MACHINE) == {}
    history.append(file, replace(conditions(0.1), when="2030-01-01", commit="one"), {"backend": 0.3, "frontend": 0.2})
    history.append(file, replace(conditions(0.9), when="2030-01-02", commit="two"), {"backend": 0.2})
    found = history.latest(file, replace(MACHINE, kernel="Linux 9"))
    assert found == {
        "backend": history.Before(0.2, "2030-01-02", "two", busy=True),
        "frontend": history.Before(0.2, "2030-01-01", "one", busy=False),
    }
    assert history.changes(found, {"backend": 0.3, "frontend": 0.21, "mcp-server": 1.0}) == [
        f"SLOWER  {'backend':<34} 0.200 → 0.300  +50%  since 2030-01-02, two, on a busy machine",
        "1 of 2 figures are within 10% of the last run (2030-01-02)",
    ]


def test_a_run_on_another_machine_and_a_line_that_was_cut_short_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "loop.jsonl"
    history.append(file, replace(conditions(), machine=replace(MACHINE, cores=16)), {"backend": 0.1})
    with file.open("a") as lines:
        lines.write('{"date": "2030-01-0\n')
    assert history.latest(file, MACHINE) == {}
    assert history.changes({}, {"backend": 0.3}) == ["no earlier run on this machine to compare with"]


def test_the_worst_change_comes_first() -> None:
    before = {name: history.Before(1.0, "2030-01-01", "one", busy=False) for name in ("a", "b", "c")}
    lines = history.changes(before, {"a": 1.2, "b": 0.5, "c": 2.0})
    assert [line.split()[:2] for line in lines[:3]] == [["SLOWER", "c"], ["SLOWER", "a"], ["faster", "b"]]
