"""Statistics of repeated measurements."""

from __future__ import annotations

import pytest

from scripts.bench.statistics import Sample, Series, percentile
from scripts.bench.tables import table


@pytest.mark.parametrize(
    ("count", "percent", "expected"), [(1, 95, 1), (10, 95, 10), (20, 95, 19), (100, 95, 95), (10, 50, 5), (10, 0, 1)]
)
def test_a_percentile_is_the_value_of_the_nearest_rank(count: int, percent: float, expected: float) -> None:
    assert percentile(reversed(range(1, count + 1)), percent) == expected


def test_a_series_has_the_median_the_95th_percentile_and_those_of_its_stages() -> None:
    samples = [Sample(at, {"detect": 0.03, "served": at / 2}) for at in (0.5, 0.75, 0.625, 0.875)]
    series = Series([*samples, Sample(1.0)])
    assert (series.p50, series.p95) == (0.75, 1.0)
    assert series.stages() == {"detect": {"p50": 0.03, "p95": 0.03}, "served": {"p50": 0.34375, "p95": 0.4375}}
    assert series.as_json()["seconds"] == [0.5, 0.75, 0.625, 0.875, 1.0]


def test_a_table_is_markdown_whose_columns_line_up() -> None:
    assert table(["service", "p50"], [["backend", "0.289"], ["x", ""]]) == [
        "| service |   p50 |",
        "| ------- | ----: |",
        "| backend | 0.289 |",
        "| x       |       |",
    ]
