"""What a container uses, from the files of its cgroup, version 1 or 2, read in the container itself.

The kubelet's own figures are ten seconds old and more; these are of the moment. To read them costs three short
processes in the container, some thousandths of a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from threading import Event, Lock

from scripts.core.errors import UserError
from scripts.kube.api import Kube
from scripts.kube.shell import Shell

V1 = ("memory/memory.usage_in_bytes", "memory/memory.stat", "memory/memory.oom_control", "cpuacct/cpuacct.usage",
      "cpu/cpu.stat")  # fmt: skip
V2 = ("memory.current", "memory.stat", "memory.events", "cpu.stat")
# head names each file that it prints; what this kernel does not have is left out.
SCRIPT = f"cd /sys/fs/cgroup && head -n 99 {' '.join(V1 + V2)} 2>/dev/null; true"


@dataclass(frozen=True)
class Reading:
    """`at` in seconds of the monotonic clock. Memory in bytes: `working_set` is what Kubernetes goes by when it evicts,
    `own` is what the processes have for themselves: no files, and no shared memory, which PostgreSQL fills with its
    tables up to a size that is configured. The others count since the container has started: `cpu` in seconds,
    `periods` of 0.1 s in which it ran under a CPU limit, those in which it was `throttled`, and processes that were
    killed for lack of memory."""

    at: float
    working_set: int
    own: int
    cpu: float
    periods: int = 0
    throttled: int = 0
    oom_kills: int = 0


def parse(text: str, at: float) -> Reading:
    """What SCRIPT has printed. Raises KeyError for a figure that neither version has."""
    files = sections(text)
    if "memory.current" in files:
        memory, cpu = files["memory.stat"], files["cpu.stat"]
        used, kept, own = files["memory.current"][""], memory["inactive_file"], memory["anon"]
        seconds, kills = cpu["usage_usec"] / 1e6, files["memory.events"]["oom_kill"]
    else:
        memory, cpu = files["memory/memory.stat"], files.get("cpu/cpu.stat", {})
        used, kept = files["memory/memory.usage_in_bytes"][""], memory["total_inactive_file"]
        own, seconds = memory["total_rss"], files["cpuacct/cpuacct.usage"][""] / 1e9
        kills = files["memory/memory.oom_control"].get("oom_kill", 0)
    periods, throttled = cpu.get("nr_periods", 0), cpu.get("nr_throttled", 0)
    return Reading(at, max(0, used - kept), own, seconds, periods, throttled, kills)


def sections(text: str) -> dict[str, dict[str, int]]:
    """The figures by file and name, from what `head` prints of several files; the name is "" for a figure alone."""
    found: dict[str, dict[str, int]] = {}
    figures: dict[str, int] = {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith("==> ") and line.endswith(" <=="):
            figures = found.setdefault(words[1], {})
        elif words and words[-1].isdecimal():
            figures[words[0] if len(words) > 1 else ""] = int(words[-1])
    return found


Readings = dict[str, Reading]


class Meter:
    """Reads several containers at once, each through a shell that stays open in it."""

    def __init__(self, kube: Kube, namespace: str, containers: Mapping[str, tuple[str, str]]) -> None:
        """`containers`: a name of each → its pod and the container in it."""
        self._shells = {name: kube.shell(namespace, *where) for name, where in containers.items()}
        self._threads = ThreadPoolExecutor(max(1, len(self._shells)))
        self._turn = Lock()  # a shell is for one thread at a time, and samples are taken beside other readings

    def read(self) -> Readings:
        """By the names of the containers. Raises UserError when one does not answer."""
        with self._turn:
            readings = self._threads.map(self._read, self._shells, self._shells.values())
            return dict(zip(self._shells, readings, strict=True))

    def close(self) -> None:
        self._threads.shutdown()
        for shell in self._shells.values():
            shell.close()

    def _read(self, name: str, shell: Shell) -> Reading:
        done = shell.run(SCRIPT)
        if done.status != 0:
            raise UserError(f"cannot read the cgroup of {name}: {done.stderr.strip()}", "see: kubectl get pods -A")
        try:
            return parse(done.stdout, time.monotonic())
        except KeyError as error:
            raise UserError(f"the cgroup of {name} has no {error}", "measure on a kernel with cgroups") from None


@contextmanager
def sampled(read: Callable[[], Readings], seconds: float) -> Iterator[list[Readings]]:
    """Readings from before the block to after it, one every so many seconds."""
    readings, over = [read()], Event()

    def sample() -> None:
        while not over.wait(seconds):
            readings.append(read())

    with ThreadPoolExecutor(1) as thread:
        sampling = thread.submit(sample)
        try:
            yield readings
        finally:
            over.set()
        sampling.result()
    readings.append(read())


def cores(before: Reading, after: Reading) -> float:
    """Processors that were in use between two readings."""
    seconds = after.at - before.at
    return (after.cpu - before.cpu) / seconds if seconds > 0 else 0.0


def growth(values: Sequence[float]) -> float:
    """By which share of the first half's median the second half's is larger. 0 of fewer than two values."""
    half = len(values) // 2
    return median(values[half:]) / max(median(values[:half]), 1) - 1 if half else 0.0
