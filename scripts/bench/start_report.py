"""The results of `./dev bench start`: a table, JSON, and the figures for the history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from scripts.bench.machine import Conditions
from scripts.bench.statistics import Series
from scripts.bench.tables import seconds, table

UP = "up --once"
FRESH = "fresh clone"
COLD = "empty caches"
ABOUT = {
    UP: "`./dev up --once`, everything running",
    "status": "`./dev status`",
    "secrets": "`./dev secrets`",
    "logs": "`./dev logs`",
    FRESH: "fresh clone, filled caches, no cluster",
    COLD: "fresh clone, empty caches, no cluster",
}
NOT_COLD = (
    "Empty caches are those of this project, Go, npm, pip and uv, and its base images in Docker. Not covered are "
    "Debian packages that are installed already, and Docker's build cache: `docker builder prune --all` empties that, "
    "of all projects."
)
STEP = re.compile(r"^✓ (?P<name>.+?)\s+\((?P<seconds>\d+\.\d) s, \d+ s total\)$")


@dataclass(frozen=True)
class StartReport:
    """`series`: what was measured, by a key of ABOUT; `skipped`: why there was no start without a cluster, or ""."""

    conditions: Conditions
    skipped: str
    series: Mapping[str, Series]

    def text(self) -> str:
        rows = [
            [ABOUT[name], seconds(series.p50, 2), seconds(series.p95, 2), str(len(series.samples))]
            for name, series in self.series.items()
        ]
        parts = [self.conditions.lines(), table(["seconds", "median", "p95", "runs"], rows), self.stages()]
        if self.skipped:
            parts.append([f"not measured: {ABOUT[FRESH]}: {self.skipped}"])
        if COLD in self.series:
            parts.append(wrap(NOT_COLD, 100))
        return "\n\n".join("\n".join(lines) for lines in parts if lines)

    def stages(self) -> list[str]:
        lines = []
        for name, series in self.series.items():
            if stages := series.stages():
                parts = " · ".join(f"{stage} {figures['p50']:.1f}" for stage, figures in stages.items())
                indented = wrap(parts, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
                lines += [ABOUT[name], *indented]
        return lines

    def as_json(self) -> dict[str, Any]:
        """Each wait by its name, and the conditions as `run`; all times in seconds."""
        return {**{name: series.as_json() for name, series in self.series.items()}, "run": self.conditions.as_json()}

    def figures(self) -> dict[str, float]:
        """What the history keeps."""
        return {name: series.p50 for name, series in self.series.items()}


def parse_steps(lines: Iterable[str]) -> dict[str, float]:
    """Seconds by step, from the lines that `Steps` prints when steps end."""
    found = {}
    for line in lines:
        if match := STEP.match(line):
            found[match["name"].split("  ", 1)[0]] = float(match["seconds"])
    return found
