"""The table, the JSON and the judgement of `./dev bench page`."""

from __future__ import annotations

from dataclasses import replace

from scripts.bench.page_report import PageReport
from tests.unit.bench.test_machine import conditions

REPORT = PageReport(
    conditions(), scripts=99_400, paints=[700, 900, 800], frames=[34, 33, 90], loop_bytes=58_000, events=[20, 30, 120]
)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_each_figure_is_beside_its_limit() -> None:
    rows = [cells(line) for line in REPORT.text().splitlines() if line.startswith("|")]
    assert rows[2:] == [
        ["app: JavaScript of the first load, by gzip", "99.4 kB", "", "100 kB", "holds"],
        ["app: largest contentful paint, 2,000 tasks", "800.0 ms", "900.0 ms", "1500 ms", "holds"],
        ["app: longest frame while all are scrolled", "34.0 ms", "90.0 ms", "50 ms", "holds"],
        ["page of the loop: all of its files", "58.0 kB", "", "60 kB", "holds"],
        ["page of the loop: from an event to pixels", "30.0 ms", "120.0 ms", "100 ms", "holds"],
    ]
    assert REPORT.problems() == []


def test_what_is_over_its_limit_is_said() -> None:
    heavy = replace(REPORT, scripts=102_419)
    assert heavy.problems() == ["over its limit: app: JavaScript of the first load, by gzip: 102.4 kB"]
    assert heavy.text().endswith(heavy.problems()[0])
    assert not heavy.as_json()["figures"]["app: JavaScript of the first load, by gzip"]["holds"]


def test_the_json_has_every_visit_and_the_machine() -> None:
    found = REPORT.as_json()
    assert found["frames"] == [34, 33, 90]
    assert found["run"]["machine"]["cores"] == 2
    assert REPORT.figures()["page of the loop: from an event to pixels"] == 30
