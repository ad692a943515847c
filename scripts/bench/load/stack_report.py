"""The results of `./dev bench stack`: what holds and what does not, tables, JSON, and the figures for the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scripts.bench.load.amounts import mebibytes, number
from scripts.bench.load.operations import ABOUT
from scripts.bench.load.traffic import Timings
from scripts.bench.load.usage import Reading, cores, growth
from scripts.bench.machine import Conditions
from scripts.bench.statistics import percentile
from scripts.bench.tables import table

SPARE = 1.5
"""A memory limit is at least so many times what is used."""
GROWTH = 0.05
"""Share by which the memory may differ between two halves of a time without growth: allocators breathe."""
THROTTLED = 0.05
STACK_CORES, STACK_BYTES = 2, 4 * 2**30


@dataclass(frozen=True)
class Container:
    """One container: its requests and limits, a reading when it had become ready, readings under load."""

    name: str
    requests: Mapping[str, str]
    limits: Mapping[str, str]
    start: Reading
    readings: Sequence[Reading]
    restarts: int

    @property
    def memory(self) -> list[int]:
        return [reading.working_set for reading in self.readings]

    @property
    def cores(self) -> list[float]:
        """Processors in use between each two readings."""
        return [cores(*pair) for pair in zip(self.readings, self.readings[1:], strict=False)]

    @property
    def memory_limit(self) -> float | None:
        return number(self.limits["memory"]) if "memory" in self.limits else None

    @property
    def growth(self) -> float:
        """Over the last half of the load, of what the processes have for themselves."""
        return growth([reading.own for reading in self.readings[len(self.readings) // 2 :]])

    @property
    def throttled_at_start(self) -> float:
        return self.start.throttled / self.start.periods if self.start.periods else 0.0

    @property
    def throttled(self) -> float:
        """Under load."""
        periods = self.readings[-1].periods - self.start.periods
        return (self.readings[-1].throttled - self.start.throttled) / periods if periods else 0.0

    def problems(self) -> list[str]:
        """What does not hold, for people."""
        found = []
        p99, limit = percentile(self.memory, 99), self.memory_limit
        if limit is None:
            found.append(f"{self.name} has no memory limit")
        elif limit < SPARE * p99:
            found.append(f"{self.name} needs {mebibytes(p99)} MiB, of which {SPARE} are more than its memory limit")
        if self.growth > GROWTH:
            found.append(f"the memory of {self.name} grew by {self.growth:.0%} in the last half of the load")
        if "cpu" in self.limits and number(self.limits["cpu"]) < 1:
            found.append(f"the CPU limit of {self.name} is {self.limits['cpu']}: less than one processor")
        if self.throttled_at_start > THROTTLED:
            found.append(f"{self.name} was throttled in {self.throttled_at_start:.0%} of its periods at start")
        if self.restarts:
            found.append(f"{self.name} was restarted {self.restarts} times")
        if killed := self.readings[-1].oom_kills:
            found.append(f"of {self.name} {killed} processes were killed for lack of memory")
        return found


@dataclass(frozen=True)
class StackReport:
    """`rate`: requests a second that were sent; `timings` by operation; `task_bytes`: of disk that a task takes."""

    conditions: Conditions
    rate: float
    containers: Sequence[Container]
    timings: Mapping[str, Timings]
    task_bytes: int

    def problems(self) -> list[str]:
        found = [problem for container in self.containers for problem in container.problems()]
        for what, used, most in (
            ("cores in use, p99", self.cores_p99, STACK_CORES),
            ("requested cores", self._sum("requests", "cpu"), STACK_CORES),
            ("bytes in use, p99", self.memory_p99, STACK_BYTES),
            ("bytes of memory limits", self._sum("limits", "memory"), STACK_BYTES),
        ):
            if used > most:
                found.append(f"the whole stack: {used:.2f} {what}, more than {most}")
        failed = [each.failures[0] for each in self.timings.values() if each.failed]
        return found + [f"a request failed: {reason}" for reason in failed]

    @property
    def memory_p99(self) -> float:
        together = zip(*(container.memory for container in self.containers), strict=True)
        return percentile((sum(each) for each in together), 99)

    @property
    def cores_p99(self) -> float:
        together = zip(*(container.cores for container in self.containers), strict=True)
        return percentile((sum(each) for each in together), 99)

    def text(self) -> str:
        verdict = [f"NOT MET: {problem}" for problem in self.problems()] or ["every container is within its limits"]
        disk = [f"a task takes {self.task_bytes} bytes of the database's disk, indexes included"]
        parts = [self.conditions.lines(), self.memory_table(), self.cpu_table(), self.times_table(), disk, verdict]
        return "\n\n".join("\n".join(lines) for lines in parts)

    def memory_table(self) -> list[str]:
        heading = ["memory, MiB", "request", "start", "p50", "p99", "limit", "limit ÷ p99", "growth", "restarts"]
        rows = []
        for each in self.containers:
            limit, p99 = each.memory_limit, percentile(each.memory, 99)
            request = mebibytes(number(each.requests["memory"])) if "memory" in each.requests else ""
            used = [mebibytes(size) for size in (each.start.working_set, percentile(each.memory, 50), p99)]
            room = ["", ""] if limit is None else [mebibytes(limit), f"{limit / p99:.1f}"]
            rows.append([each.name, request, *used, *room, f"{each.growth:+.1%}", str(each.restarts)])
        start = mebibytes(sum(each.start.working_set for each in self.containers))
        asked, limits = (mebibytes(self._sum(kind, "memory")) for kind in ("requests", "limits"))
        rows.append(["together", asked, start, "", mebibytes(self.memory_p99), limits, "", "", ""])
        return table(heading, rows)

    def cpu_table(self) -> list[str]:
        heading = ["processors", "request", "p50", "p99", "limit", "throttled at start", "under load"]
        rows = [
            [
                each.name, each.requests.get("cpu", ""), *(f"{percentile(each.cores, at):.3f}" for at in (50, 99)),
                each.limits.get("cpu", "none"), f"{each.throttled_at_start:.1%}", f"{each.throttled:.1%}",
            ]
            for each in self.containers
        ]  # fmt: skip
        asked = f"{1000 * self._sum('requests', 'cpu'):.0f}m"
        return table(heading, [*rows, ["together", asked, "", f"{self.cores_p99:.3f}", "", "", ""]])

    def times_table(self) -> list[str]:
        heading = [f"{self.rate:g} requests a second", "sent", "failed", "p50, ms", "p99"]
        rows = [
            [ABOUT[name], str(len(each.seconds) + each.failed), str(each.failed),
             *(f"{1000 * each.at(percent):.1f}" for percent in (50, 99))]
            for name, each in self.timings.items()
        ]  # fmt: skip
        return table(heading, rows)

    def as_json(self) -> dict[str, Any]:
        """Containers with all readings, operations, problems, and the conditions as `run`; bytes and seconds."""
        containers = {
            each.name: {
                "requests": dict(each.requests), "limits": dict(each.limits), "restarts": each.restarts,
                "memory_p99": percentile(each.memory, 99), "cores_p99": percentile(each.cores, 99),
                "growth": each.growth, "throttled_at_start": each.throttled_at_start, "throttled": each.throttled,
                "start": asdict(each.start), "readings": [asdict(reading) for reading in each.readings],
            }
            for each in self.containers
        }  # fmt: skip
        operations = {name: timings.as_json() for name, timings in self.timings.items()}
        return {
            "containers": containers, "operations": operations, "problems": self.problems(),
            "memory_p99": self.memory_p99, "cores_p99": self.cores_p99,
            "task_bytes": self.task_bytes, "run": {**self.conditions.as_json(), "rate": self.rate},
        }  # fmt: skip

    def figures(self) -> dict[str, float]:
        """What the history keeps: MiB, processors, and the median time of each operation in seconds."""
        found = {f"{each.name} memory p99": percentile(each.memory, 99) / 2**20 for each in self.containers}
        found |= {f"{each.name} processors": percentile(each.cores, 50) for each in self.containers}
        return found | {f"{ABOUT[name]} p50": timings.at(50) for name, timings in self.timings.items()}

    def _sum(self, kind: str, resource: str) -> float:
        amounts = [each.requests if kind == "requests" else each.limits for each in self.containers]
        return sum(number(each[resource]) for each in amounts if resource in each)
