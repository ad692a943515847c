"""The results of `./dev bench page`, judged against their limits: a table, JSON, and the figures for the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from scripts.bench.machine import Conditions
from scripts.bench.tables import table


@dataclass(frozen=True)
class Figure:
    """What was measured, in its unit, and the most that it may be; `worst` of all that `value` is the median of."""

    name: str
    value: float
    limit: float
    unit: str
    worst: float | None = None

    @property
    def holds(self) -> bool:
        return self.value <= self.limit


@dataclass(frozen=True)
class PageReport:
    """`scripts` and `loop_bytes` in bytes; `paints` and `frames`, one a visit of the app, and `events` in
    milliseconds."""

    conditions: Conditions
    scripts: int
    paints: Sequence[float]
    frames: Sequence[float]
    loop_bytes: int
    events: Sequence[float]

    def judged(self) -> list[Figure]:
        return [
            Figure("app: JavaScript of the first load, by gzip", self.scripts / 1000, 100, "kB"),
            _times("app: largest contentful paint, 2,000 tasks", self.paints, 1500),
            _times("app: longest frame while all are scrolled", self.frames, 50),
            Figure("page of the loop: all of its files", self.loop_bytes / 1000, 60, "kB"),
            _times("page of the loop: from an event to pixels", self.events, 100),
        ]

    def problems(self) -> list[str]:
        return [
            f"over its limit: {each.name}: {each.value:.1f} {each.unit}" for each in self.judged() if not each.holds
        ]

    def text(self) -> str:
        rows = []
        for each in self.judged():
            worst = "" if each.worst is None else f"{each.worst:.1f} {each.unit}"
            limit, verdict = f"{each.limit:g} {each.unit}", "holds" if each.holds else "OVER"
            rows.append([each.name, f"{each.value:.1f} {each.unit}", worst, limit, verdict])
        rows_table = table(["what", "median", "worst", "limit", "verdict"], rows)
        parts = [self.conditions.lines(), rows_table, self.problems()]
        return "\n\n".join("\n".join(lines) for lines in parts if lines)

    def as_json(self) -> dict[str, Any]:
        """The figures by their names, all single values in milliseconds, and the conditions as `run`."""
        figures = {
            each.name: {"value": each.value, "limit": each.limit, "unit": each.unit, "holds": each.holds}
            for each in self.judged()
        }
        singles = {"paints": [*self.paints], "frames": [*self.frames], "events": [*self.events]}
        return {"figures": figures, **singles, "run": self.conditions.as_json()}

    def figures(self) -> dict[str, float]:
        """What the history keeps."""
        return {each.name: each.value for each in self.judged()}


def _times(name: str, values: Sequence[float], limit: float) -> Figure:
    return Figure(name, median(values), limit, "ms", max(values))
