"""What waits for a resource's worker: merged, so that a worker that was busy sees one piece of work."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, fields
from pathlib import Path

from scripts.engine.files.ignore import Ignore
from scripts.engine.model import Image, Resource

Definition = tuple[Resource, tuple[tuple[Image, Ignore], ...]]


@dataclass
class Work:
    """`at`: when the first of `paths` changed (monotonic). `everything` means that events were lost: look at all.
    `rebuild` says why all is to be done anew."""

    paths: frozenset[Path] = field(default_factory=frozenset)
    at: float = 0.0
    everything: bool = False
    pods: bool = False
    rebuild: str = ""
    definition: Definition | None = None
    stop: bool = False

    @property
    def urgent(self) -> bool:
        """More than a change of pods: what a worker is waiting for may no longer come."""
        return bool(self.paths or self.everything or self.rebuild or self.definition or self.stop)


class Interrupted(Exception):
    """Newer work arrived: what was waited for may never come."""


class Inbox:
    def __init__(self) -> None:
        self._work = Work()
        self._new = threading.Condition()

    def put(self, more: Work) -> None:
        with self._new:
            mine = self._work
            mine.paths |= more.paths
            for name in (item.name for item in fields(Work) if item.name != "paths"):
                if not getattr(mine, name):  # the first time and reason count
                    setattr(mine, name, getattr(more, name))
            mine.definition = more.definition or mine.definition
            self._new.notify()

    def take(self, seconds: float | None = None) -> Work:
        """All that waits; an empty Work when nothing came within `seconds`."""
        with self._new:
            self._new.wait_for(lambda: self._work.urgent or self._work.pods, seconds)
            work, self._work = self._work, Work()
            return work

    @property
    def urgent(self) -> bool:
        with self._new:
            return self._work.urgent

    @property
    def stopping(self) -> bool:
        with self._new:
            return self._work.stop

    @property
    def superseded(self) -> bool:
        """What is under way may no longer be what the Tiltfile describes."""
        with self._new:
            return self._work.stop or self._work.definition is not None
