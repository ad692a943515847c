"""The results of `./dev bench loop`: the tables of docs/measurements.md, JSON, and the figures for the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.bench.crowd import CROWDS, FILES
from scripts.bench.machine import Conditions
from scripts.bench.statistics import Sample, Series
from scripts.bench.tables import seconds, table

FLOOR, EMBEDDED, TILT = ENGINES = ("floor", "embedded", "tilt")


@dataclass
class Measured:
    """One service with one engine: edits alone, edits beside a crowd by its name, and a rebuild; `problems` are reasons
    why one of these is missing."""

    edits: Series | None = None
    beside: dict[str, Series] = field(default_factory=dict)
    rebuild: Sample | None = None
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = self.edits.as_json() if self.edits else {}
        if self.beside and self.edits:
            own = self.edits.p50
            found["beside"] = {
                name: {**series.as_json(), "ratio": series.p50 / own} for name, series in self.beside.items()
            }
        if self.problems:
            found["problems"] = self.problems
        if self.rebuild:
            found["rebuild"] = {"seconds": self.rebuild.seconds, "stages": dict(self.rebuild.stages)}
        return found


@dataclass(frozen=True)
class LoopReport:
    """`results`: service → engine → what was measured; `tilt` is its version, "" without it."""

    conditions: Conditions
    tilt: str
    results: Mapping[str, Mapping[str, Measured]]

    def as_json(self) -> dict[str, Any]:
        """Each service by its name, and the conditions as `run`; all times in seconds."""
        services = {
            name: {engine: measured.as_json() for engine, measured in engines.items()}
            for name, engines in self.results.items()
        }
        return {**services, "run": {**self.conditions.as_json(), "tilt": self.tilt}}

    def figures(self) -> dict[str, float]:
        """What the history keeps: the median of each series, by a name for people."""
        found = {}
        for service, engines in self.results.items():
            for engine, measured in engines.items():
                name = f"{service} {engine}"
                if measured.edits:
                    found[name] = measured.edits.p50
                found |= {f"{name} beside {crowd}": series.p50 for crowd, series in measured.beside.items()}
                if measured.rebuild:
                    found[f"{name} rebuild"] = measured.rebuild.seconds
        return found

    def text(self) -> str:
        head = self.conditions.lines()
        head[1] += f", Tilt {self.tilt}" if self.tilt else ", without Tilt, which is not on PATH"
        parts = [head, self.edits_table(), self.rebuild_table(), self.crowd_table(), self.stages(), self.odd()]
        return "\n\n".join("\n".join(lines) for lines in parts if lines)

    def edits_table(self) -> list[str]:
        heading = ["saved → served, seconds", "floor", "p95", "`./dev up`", "p95", "Tilt", "p95"]
        rows = []
        for service, engines in self.results.items():
            series = [engines.get(engine, Measured()).edits for engine in ENGINES]
            floor, ours, tilt = (each.p50 if each else None for each in series)
            cells = [text for each in series for text in (_p50(each), seconds(each.p95 if each else None))]
            over = f"{ours - floor:+.3f}" if ours is not None and floor is not None else ""
            rows.append([service, *cells, _ratio(ours, tilt), over])
        any_edits = any(measured.edits for engines in self.results.values() for measured in engines.values())
        return table([*heading, "ours ÷ Tilt", "ours − floor"], rows) if any_edits else []

    def rebuild_table(self) -> list[str]:
        rows = []
        for service, engines in self.results.items():
            rebuilds = [engines.get(engine, Measured()).rebuild for engine in (EMBEDDED, TILT)]
            ours, tilt = (each.seconds if each else None for each in rebuilds)
            if any(rebuilds):
                rows.append([service, seconds(ours, 1), seconds(tilt, 1), _ratio(ours, tilt)])
        heading = ["changed dependency → served, seconds", "`./dev up`", "Tilt", "ours ÷ Tilt"]
        return table(heading, rows) if rows else []

    def crowd_table(self) -> list[str]:
        rows = []
        for crowd in CROWDS:
            for service, engines in self.results.items():
                found = [engines.get(engine, Measured()) for engine in (EMBEDDED, TILT)]
                if any(crowd.name in measured.beside for measured in found):
                    cells = [text for measured in found for text in _beside(measured, crowd.name)]
                    rows.append([f"{service}, {crowd.about}", *cells])
        heading = [f"edits beside {FILES:,} other files", "`./dev up`", "÷ without", "Tilt", "÷ without"]
        return table(heading, rows) if rows else []

    def stages(self) -> list[str]:
        """The medians of the stages as each engine, or the floor, reports them."""
        lines = []
        for service, engines in self.results.items():
            for engine, measured in engines.items():
                rebuild = measured.rebuild.stages if measured.rebuild else {}
                for what, stages, places in ((engine, _medians(measured.edits), 3), (f"{engine} rebuild", rebuild, 1)):
                    parts = " · ".join(f"{name} {seconds(at, places)}" for name, at in stages.items())
                    lines += [f"{service:<11}{what:<18}{parts}"] if parts else []
        return lines

    def odd(self) -> list[str]:
        """What could not be measured, and edits that an engine did not update in place."""
        problems = [
            f"not measured: {service} {engine} {problem}"
            for service, engines in self.results.items()
            for engine, measured in engines.items()
            for problem in measured.problems
        ]
        found = {
            f"{service} {sample.action}"
            for service, engines in self.results.items()
            for measured in engines.values()
            for series in (measured.edits, *measured.beside.values())
            for sample in (series.samples if series else ())
            if sample.action not in ("", "sync")
        }
        return [*problems, *([f"not updated in place: {', '.join(sorted(found))}"] if found else [])]


def _p50(series: Series | None) -> str:
    return seconds(series.p50 if series else None)


def _ratio(ours: float | None, theirs: float | None) -> str:
    return f"{ours / theirs:.2f}" if ours is not None and theirs else ""


def _beside(measured: Measured, crowd: str) -> list[str]:
    series, own = measured.beside.get(crowd), measured.edits
    return [_p50(series), _ratio(series.p50 if series else None, own.p50 if own else None)]


def _medians(series: Series | None) -> dict[str, float]:
    return {name: figures["p50"] for name, figures in series.stages().items()} if series else {}
