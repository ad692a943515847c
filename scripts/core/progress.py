"""Progress of long work: one line per step with its duration, and a heartbeat while it runs."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

HEARTBEAT_SECONDS = 15.0
NOTE_LENGTH = 100


def shorten(text: str) -> str:
    """Cut a line of output so that it fits next to a step's name."""
    return text if len(text) <= NOTE_LENGTH else text[: NOTE_LENGTH - 1] + "…"


def preparation_seconds() -> float:
    """How long ./dev took to make its Python environment, before this program could start."""
    return float(os.environ.get("TODO_PREPARATION_SECONDS") or 0)


class Step:
    """One piece of work in progress; `note` records what it is doing."""

    def __init__(self, steps: Steps, name: str) -> None:
        self._steps = steps
        self.name = name
        self.started = time.monotonic()
        self.latest = ""

    def note(self, text: str) -> None:
        """What the step is doing now: shown with the next heartbeat and when it ends."""
        self.latest = shorten(text.strip())

    def seconds(self) -> float:
        return time.monotonic() - self.started


class Steps:
    """Prints steps as they end; safe to use from several threads, so steps may overlap. The work began `earlier` by so
    many seconds. `on_line` may be set to show the lines in another way."""

    def __init__(
        self, out: TextIO | None = None, heartbeat: float = HEARTBEAT_SECONDS, *, earlier: float = 0.0
    ) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._heartbeat = heartbeat
        self.started = time.monotonic() - earlier
        self.finished: list[tuple[str, float]] = []
        self.on_line: Callable[[str], object] = self._print

    def log(self, line: str) -> None:
        with self._lock:
            self.on_line(line)

    def _print(self, line: str) -> None:
        print(line, file=self._out or sys.stderr, flush=True)

    def seconds(self) -> float:
        """Seconds since these steps began."""
        return time.monotonic() - self.started

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        step = Step(self, name)
        done = threading.Event()
        pulse = threading.Thread(target=self._pulse, args=(step, done), daemon=True)
        pulse.start()
        mark = "✗"
        try:
            yield step
            mark = "✓"
        finally:
            done.set()
            self.finished.append((name, step.seconds()))
            tail = f"  {step.latest}" if step.latest else ""
            self.log(f"{mark} {name}{tail}  ({step.seconds():.1f} s, {self.seconds():.0f} s total)")

    def _pulse(self, step: Step, done: threading.Event) -> None:
        while not done.wait(self._heartbeat):
            tail = f": {step.latest}" if step.latest else ""
            self.log(f"  … {step.name}{tail}  ({step.seconds():.0f} s)")
