"""Reads each service and its row all the time, and notes what was saved when."""

from __future__ import annotations

import threading
import time

from scripts.bench.edits import Probe
from scripts.bench.loop_process import RunningLoop
from scripts.engine import status_snapshot
from tests.loop.soak.invariants import Kill, Reading, Save, stale_greens, wrong_greens

PAUSE_SECONDS = 0.03


class Observer(threading.Thread):
    """From `start` to `stop`."""

    def __init__(self, loop: RunningLoop, probe: Probe, services: tuple[str, ...]) -> None:
        super().__init__(name="observer", daemon=True)
        self._loop, self._probe = loop, probe
        self._done = threading.Event()
        self.readings: dict[str, list[Reading]] = {name: [] for name in services}
        self._events: dict[str, list[Save | Kill]] = {name: [] for name in services}
        for name in services:
            self._events[name].append(Save(time.monotonic(), loop.sources(name), "the start"))

    def run(self) -> None:
        while not self._done.wait(PAUSE_SECONDS):
            for name in self.readings:
                self._read(name)

    def stop(self) -> None:
        self._done.set()
        self.join()

    def saved(self, before: float, what: str) -> None:
        """The checkout has changed since `before`."""
        for name, events in self._events.items():
            events.append(Save(before, self._loop.sources(name), what))

    def killed(self) -> None:
        """A pod is about to end."""
        for events in self._events.values():
            events.append(Kill(time.monotonic()))

    def violations(self) -> list[str]:
        return [
            f"{name}: {sentence}"
            for name, readings in self.readings.items()
            for sentence in (*wrong_greens(readings), *stale_greens(self._events[name], readings))
        ]

    def _read(self, name: str) -> None:
        before = self._probe.revision(name)
        state = status_snapshot(self._loop.port) or {}
        at = time.monotonic()
        after = self._probe.revision(name)
        for row in state.get("resources", ()):
            if row["name"] == name:
                self.readings[name].append(Reading(at, before, row["status"], row["revision"], after))
