"""The results of `./dev bench api`: tables, JSON, and the figures for the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.bench.load.operations import ABOUT
from scripts.bench.load.traffic import Timings
from scripts.bench.machine import Conditions
from scripts.bench.tables import table

BARE = "bare"
DIRECT = "backend"
"""Served by one backend that is asked without the frontend."""
COMPONENTS = ("frontend", "backend", "mcp-server", "postgres", BARE)


@dataclass(frozen=True)
class Phase:
    """One operation, or the mix of all, by so many clients. `served_by`: the pods of each service, DIRECT, or BARE;
    `cores`: component → processors in use; `busy`: share of the machine's processors in use by whatever runs on it."""

    served_by: str
    operation: str
    clients: int
    timings: Timings
    cores: Mapping[str, float]
    busy: float

    @property
    def name(self) -> str:
        return f"{ABOUT[self.operation]}, {served(self.served_by)}"

    def milliseconds(self) -> dict[str, float]:
        """Processor time of a request by component."""
        rate = self.timings.rate
        return {name: 1000 * share / rate for name, share in self.cores.items()} if rate else {}


@dataclass(frozen=True)
class ApiReport:
    """`clients`: how many there were together; with one there is a phase of its own."""

    conditions: Conditions
    clients: int
    phases: Sequence[Phase]

    def text(self) -> str:
        parts = [self.conditions.lines(), self.times_table(), self.cost_table(), self.failures()]
        return "\n\n".join("\n".join(lines) for lines in parts if lines)

    def times_table(self) -> list[str]:
        heading = ["requests", "alone p50, ms", "p99", f"{self.clients} clients: a second", "p50, ms", "p99", "÷ bare"]
        rows = []
        for phase in self._with(self.clients):
            alone = self.find(phase.served_by, phase.operation, 1)
            cells = [*_ms(alone.timings if alone else None), f"{phase.timings.rate:.0f}", *_ms(phase.timings)]
            rows.append([phase.name, *cells, self._beside_bare(phase)])
        return table(heading, rows)

    def cost_table(self) -> list[str]:
        """What a request takes of the processors, when many are answered at once."""
        request = f"{self.clients} clients: processor ms a request"
        heading = [request, *COMPONENTS, "sender", "cores in use", "machine busy"]
        rows = []
        for phase in self._with(self.clients):
            spent, rate = phase.milliseconds(), phase.timings.rate
            cells = [f"{spent[name]:.1f}" if spent.get(name, 0) >= 0.05 else "" for name in COMPONENTS]
            sender = f"{1000 * phase.timings.own / rate:.1f}" if rate else ""
            used = sum(phase.cores.values()) + phase.timings.own
            rows.append([phase.name, *cells, sender, f"{used:.2f}", f"{phase.busy:.0%}"])
        return table(heading, rows)

    def failures(self) -> list[str]:
        return [
            f"{phase.name}, {phase.clients} clients: {phase.timings.failed} failed: {phase.timings.failures[0]}"
            for phase in self.phases
            if phase.timings.failed
        ]

    def ratio(self, served_by: str, operation: str) -> float | None:
        """Requests a second by those of the bare server."""
        ours, theirs = (self.find(who, operation, self.clients) for who in (served_by, BARE))
        return ours.timings.rate / theirs.timings.rate if ours and theirs and theirs.timings.rate else None

    def find(self, served_by: str, operation: str, clients: int) -> Phase | None:
        wanted = (served_by, operation, clients)
        return next((each for each in self.phases if (each.served_by, each.operation, each.clients) == wanted), None)

    def as_json(self) -> dict[str, Any]:
        """The phases, and the conditions as `run`; times in seconds, `sender` and `cores` in processors, `busy`
        as a share of the machine's."""
        phases = [
            {
                "operation": phase.operation, "served_by": phase.served_by, "clients": phase.clients,
                **phase.timings.as_json(), "cores": dict(phase.cores), "busy": phase.busy,
                "ratio": self.ratio(phase.served_by, phase.operation) if phase.clients == self.clients else None,
            }
            for phase in self.phases
        ]  # fmt: skip
        return {"phases": phases, "run": self.conditions.as_json()}

    def figures(self) -> dict[str, float]:
        """What the history keeps, all in seconds, so that more is worse: the times of one client, and the time between
        two answers to many."""
        found = {}
        for phase in self.phases:
            if phase.timings.rate:
                what = "alone" if phase.clients == 1 else "together"
                found[f"{phase.name}, {what}"] = phase.timings.at(50) if phase.clients == 1 else 1 / phase.timings.rate
        return found

    def _with(self, clients: int) -> list[Phase]:
        order = list(ABOUT)
        chosen = [phase for phase in self.phases if phase.clients == clients]
        return sorted(chosen, key=lambda phase: (order.index(phase.operation), phase.served_by))

    def _beside_bare(self, phase: Phase) -> str:
        ratio = self.ratio(phase.served_by, phase.operation)
        return "" if ratio is None or phase.served_by == BARE else f"{ratio:.2f}"


def served(by: str) -> str:
    if by in (BARE, DIRECT):
        return "bare FastAPI" if by == BARE else "the backend alone"
    return f"{by} replica" if by == "1" else f"{by} replicas"


def _ms(timings: Timings | None) -> list[str]:
    return ["", ""] if timings is None else [f"{1000 * timings.at(percent):.1f}" for percent in (50, 99)]
