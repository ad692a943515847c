"""The machine of a measurement, and whether it did something else at the time."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.core.paths import ROOT
from scripts.core.runner import Runner

MEMINFO = Path("/proc/meminfo")
CPUINFO = Path("/proc/cpuinfo")
STAT = Path("/proc/stat")
LOOK_SECONDS = 1.0
BUSY_SHARE = 0.25
"""Of the processors' time. The embedded cluster and a loop without work need about a tenth of two cores."""


@dataclass(frozen=True)
class Machine:
    """Memory in GiB."""

    cores: int
    processor: str
    memory: float
    kernel: str

    def __str__(self) -> str:
        return f"{self.cores} cores ({self.processor}), {self.memory:.0f} GiB memory, {self.kernel}"


@dataclass
class Conditions:
    """Of a whole run: `when` in ISO 8601 and UTC, `load` over 1, 5 and 15 minutes before and after, `shares` of the
    processors' time that was in use whenever nothing was measured."""

    command: str
    when: str
    commit: str
    cluster: str
    machine: Machine
    load_before: tuple[float, float, float]
    load_after: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shares: list[float] = field(default_factory=list)

    @classmethod
    def now(cls, runner: Runner, cluster: str) -> Conditions:
        command, when = f"./dev {shlex.join(sys.argv[1:])}", datetime.now(UTC).isoformat(timespec="seconds")
        found = cls(command, when, commit(runner), cluster, machine(), os.getloadavg())
        found.look()
        return found

    def look(self) -> None:
        """Note how busy the machine is. Takes a second, so call it between measurements."""
        before = cpu_times()
        time.sleep(LOOK_SECONDS)
        self.shares.append(busy_share(before, cpu_times()))

    def end(self) -> None:
        self.look()
        self.load_after = os.getloadavg()

    @property
    def busy(self) -> bool:
        return max(self.shares, default=0.0) > BUSY_SHARE

    def lines(self) -> list[str]:
        lines = [
            f"$ {self.command}",
            f"{self.when}, commit {self.commit}, cluster {self.cluster}",
            str(self.machine),
            f"load {_loads(self.load_before)} before, {_loads(self.load_after)} after",
        ]
        if self.busy:
            share = f"{max(self.shares):.0%}"
            lines.append(f"warning: the machine was busy: up to {share} of its processors while nothing was measured;")
            lines.append("         the figures may be too high, measure again when nothing else runs")
        return lines

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "busy": self.busy}


def machine() -> Machine:
    """This machine."""
    if MEMINFO.exists():
        memory = parse_memory(MEMINFO.read_text())
    else:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = parse_processor(CPUINFO.read_text()) if CPUINFO.exists() else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(cores, name or platform.machine(), memory, f"{platform.system()} {platform.release()}")


def parse_memory(text: str) -> float:
    """Total GiB, from /proc/meminfo (kB); 0 if missing."""
    found = re.search(r"^MemTotal:\s*(\d+)", text, re.MULTILINE)
    return int(found[1]) / 2**20 if found else 0.0


def parse_processor(text: str) -> str:
    """The processor's name from /proc/cpuinfo; "" if missing, as on most ARM machines."""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def cpu_times() -> tuple[int, int]:
    """Ticks of all processors since the start of the machine: in all, and idle. Zeros where nothing says so."""
    return parse_cpu(STAT.read_text()) if STAT.exists() else (0, 0)


def parse_cpu(text: str) -> tuple[int, int]:
    """The same from /proc/stat. The last two fields, of guests, are part of the first two."""
    ticks = [int(word) for word in text.splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]


def busy_share(before: tuple[int, int], after: tuple[int, int]) -> float:
    total, idle = after[0] - before[0], after[1] - before[1]
    return 1 - idle / total if total > 0 else 0.0


def commit(runner: Runner) -> str:
    """The commit, with a + if files differ from it."""
    head = runner.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=False).stdout.strip()
    changed = runner.run(["git", "status", "--porcelain"], cwd=ROOT, check=False).stdout.strip()
    return f"{head or 'unknown'}{'+' if changed else ''}"


def _loads(load: Iterable[float]) -> str:
    return " ".join(f"{value:.2f}" for value in load)
