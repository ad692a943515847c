"""Turns file events into batches: wait for quiet, longer while many files change. Pure: time is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

QUIET_SECONDS = 0.025
BURST_QUIET_SECONDS = 0.3
BURST_FILES = 50
CAP_SECONDS = 0.2
BURST_CAP_SECONDS = 10.0
EVERYTHING = frozenset({Path("/")})  # a batch of its own: events were lost, so any file may have changed


@dataclass
class Coalescer:
    """Collects paths; `due` says when the batch is complete, `take` hands it over.

    More than BURST_FILES files, or a git operation under way, is a checkout or a code generator: one batch after
    BURST_QUIET_SECONDS of quiet is better than many, and may wait for it as long as BURST_CAP_SECONDS. Any other waits
    CAP_SECONDS at most: a log among the sources, written all the time, must not hold up a save.
    """

    paths: set[Path] = field(default_factory=set)
    first: float = 0.0
    latest: float = 0.0

    def add(self, path: Path, now: float) -> None:
        if not self.paths:
            self.first = now
        self.paths.add(path)
        self.latest = now

    def due(self, git_busy: bool = False) -> float | None:
        """The time at which `take` will give a batch if nothing more comes; None when nothing waits."""
        if not self.paths:
            return None
        burst = git_busy or len(self.paths) > BURST_FILES
        quiet, cap = (BURST_QUIET_SECONDS, BURST_CAP_SECONDS) if burst else (QUIET_SECONDS, CAP_SECONDS)
        return min(self.latest + quiet, self.first + cap)

    def take(self, now: float, git_busy: bool = False) -> frozenset[Path]:
        """The batch if it is due, else an empty one."""
        due = self.due(git_busy)
        if due is None or now < due:
            return frozenset()
        batch = frozenset(self.paths)
        self.paths.clear()
        return batch
