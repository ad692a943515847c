"""The results of ./dev bench, as a table and as JSON."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from textwrap import wrap
from typing import Any

MEMINFO = Path("/proc/meminfo")
CPUINFO = Path("/proc/cpuinfo")
STEP = re.compile(r"^✓ (?P<name>.+?)\s+\((?P<seconds>\d+\.\d) s, \d+ s total\)$")


@dataclass(frozen=True)
class Edit:
    """One saved change. `seconds`: from the save until the revision was served; `compiled`: until the compiled module
    had the change, for a service that compiles on request. The rest is reported by the engine."""

    service: str
    seconds: float
    compiled: float | None = None
    action: str = ""
    stages: Mapping[str, float] = field(default_factory=dict)
    engine_seconds: float = 0.0


@dataclass(frozen=True)
class Phase:
    """Something measured once, with the seconds of its parts if they are known."""

    name: str
    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Machine:
    """The machine of the measurement; memory in GiB, `load` over 1, 5 and 15 minutes."""

    cores: int
    processor: str
    memory: float
    available: float
    kernel: str
    load: tuple[float, float, float]


@dataclass(frozen=True)
class Report:
    """A whole run; `when` in ISO 8601 and UTC, `load_after` as `Machine.load`."""

    command: str
    when: str
    engine: str
    cluster: str
    commit: str
    machine: Machine
    load_after: tuple[float, float, float]
    edits: Sequence[Edit]
    phases: Sequence[Phase]


@dataclass(frozen=True)
class Row:
    """Statistics of one series, in seconds."""

    service: str
    what: str
    median: float
    p95: float
    max: float


def percentile(values: Iterable[float], percent: float) -> float:
    """By nearest rank, so always a measured value; of few values the 95th percentile is the largest."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1]


def rows(edits: Sequence[Edit]) -> list[Row]:
    """The statistics, grouped by service; times measured from outside come first."""
    found = []
    for service in dict.fromkeys(edit.service for edit in edits):
        own = [edit for edit in edits if edit.service == service]
        series: dict[str, list[float]] = {"save → served": [edit.seconds for edit in own]}
        if compiled := [edit.compiled for edit in own if edit.compiled is not None]:
            series["save → compiled"] = compiled
        for stage in dict.fromkeys(stage for edit in own for stage in edit.stages):
            series[f"  engine: {stage}"] = [edit.stages[stage] for edit in own if stage in edit.stages]
        if any(edit.engine_seconds for edit in own):
            series["  engine: total"] = [edit.engine_seconds for edit in own]
        found += [Row(service, what, median(of), percentile(of, 95), max(of)) for what, of in series.items()]
    return found


def table(report: Report) -> str:
    """The report as text; all figures in seconds."""
    machine = report.machine
    count = len(report.edits) // max(1, len({edit.service for edit in report.edits}))
    lines = [
        f"$ {report.command}",
        f"{report.when}, commit {report.commit}, engine {report.engine}, cluster {report.cluster}",
        f"{machine.cores} cores ({machine.processor}), {machine.memory:.1f} GiB memory "
        f"({machine.available:.1f} available), {machine.kernel}",
        f"load {_loads(machine.load)} before, {_loads(report.load_after)} after",
    ]
    if report.edits:
        heading = f"{count} edits per service, seconds"
        lines += ["", f"{heading:<32}{'median':>9}{'p95':>9}{'max':>9}"]
        before = ""
        for row in rows(report.edits):
            service = row.service if row.service != before else ""
            before = row.service
            lines.append(f"{service:<12}{row.what:<20}{row.median:>9.3f}{row.p95:>9.3f}{row.max:>9.3f}")
    if odd := sorted({f"{edit.service} {edit.action}" for edit in report.edits if edit.action not in ("", "sync")}):
        lines.append(f"not updated in place: {', '.join(odd)}")
    if report.phases:
        lines += ["", f"{'once, seconds':<50}{'total':>9}"]
        for phase in report.phases:
            lines.append(f"{phase.name:<50}{phase.seconds:>9.1f}")
            parts = " · ".join(f"{name} {seconds:.1f}" for name, seconds in phase.stages.items())
            lines += wrap(parts, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines)


def as_json(report: Report) -> dict[str, Any]:
    """All measurements, and the statistics of the table under `rows`."""
    return {**asdict(report), "rows": [asdict(row) for row in rows(report.edits)]}


def _loads(load: Iterable[float]) -> str:
    return " ".join(f"{value:.2f}" for value in load)


def parse_steps(lines: Iterable[str]) -> dict[str, float]:
    """Seconds by step, from the lines that `Steps` prints when steps end."""
    found = {}
    for line in lines:
        if match := STEP.match(line):
            found[match["name"].split("  ", 1)[0]] = float(match["seconds"])
    return found


def parse_meminfo(text: str) -> tuple[float, float]:
    """Total and available GiB, from /proc/meminfo (kB); 0 if missing."""
    sizes = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    total, available = (int(sizes.get(name, "0").split()[0]) for name in ("MemTotal", "MemAvailable"))
    return total / 2**20, available / 2**20


def parse_processor(text: str) -> str:
    """The processor's name from /proc/cpuinfo; "" if missing, as on most ARM machines."""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def machine() -> Machine:
    """This machine, now."""
    if MEMINFO.exists():
        total, available = parse_meminfo(MEMINFO.read_text())
    else:
        total, available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 0.0
    name = parse_processor(CPUINFO.read_text()) if CPUINFO.exists() else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    kernel = f"{platform.system()} {platform.release()}"
    return Machine(cores, name or platform.machine(), total, available, kernel, os.getloadavg())
