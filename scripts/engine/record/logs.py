"""The merged log: the latest lines, with secrets masked before they are stored."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from scripts.core import shorten
from scripts.core.log_level import Level, level_of
from scripts.core.scrubber import Scrubber
from scripts.core.terminal_text import coloured, plain

LINES_KEPT = 50_000
LINE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts the lines of all resources; `time` is in seconds since the epoch. `colours` is the text with the
    colours that the program gave it, "" if it gave none."""

    number: int
    resource: str
    text: str
    time: float
    level: Level = ""
    colours: str = ""

    def as_json(self) -> dict[str, Any]:
        told = {"number": self.number, "resource": self.resource, "text": self.text, "time": round(self.time, 3)}
        rest = {"level": self.level, "colours": self.colours}
        return told | {name: value for name, value in rest.items() if value}


class LogStore:
    """Thread-safe; `wait` blocks until there are new lines."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._rings: dict[str, deque[Line]] = {}
        self._kept = 0
        self._new = threading.Condition()
        self._number = 0

    @property
    def number(self) -> int:
        """The number of the latest line, 0 before the first."""
        return self._number

    def add(self, resource: str, text: str, at: float = 0.0) -> Line:
        """`at` is its time if that is not now. Of more than LINES_KEPT lines the oldest one of the resource that has
        most goes, and of more than LINE_BYTES bytes the end."""
        clean = shorten.to_bytes(self._scrubber.clean(text), LINE_BYTES)
        colours = self._scrubber.scrub(coloured(text)) if "\x1b[" in text else ""
        if colours == clean or plain(colours) != clean or len(colours) > LINE_BYTES:  # none, a secret in two, or cut
            colours = ""
        with self._new:
            self._number += 1
            ring = self._rings.setdefault(resource, deque())
            level = level_of(clean, ring[-1].level if ring else "")
            line = Line(self._number, resource, clean, at or time.time(), level, colours)
            ring.append(line)
            self._kept += 1
            if self._kept > LINES_KEPT:
                max(self._rings.values(), key=len).popleft()
                self._kept -= 1
            self._new.notify_all()
        return line

    def prefixed(self, resource: str, source: str) -> Callable[[str], object]:
        """A function that adds lines of one source, such as a build, to a resource's log."""
        return lambda line: self.add(resource, f"{source} | {line}")

    def after(self, number: int, resource: str = "") -> list[Line]:
        """The lines with a higher number, oldest first."""
        with self._new:
            rings = [self._rings.get(resource, deque())] if resource else list(self._rings.values())
            found = [line for ring in rings for line in takewhile(lambda line: line.number > number, reversed(ring))]
        return sorted(found, key=lambda line: line.number)

    def scrub(self, text: str) -> str:
        """Without the secrets that are known by now."""
        return self._scrubber.scrub(text)

    def wait(self, until: Callable[[int], bool], seconds: float) -> bool:
        """Wait until `until` holds for the number of the latest line, at most `seconds`; whether it does."""
        with self._new:
            return self._new.wait_for(lambda: until(self._number), seconds)

    def wake(self) -> None:
        """Make every waiting thread check its condition again."""
        with self._new:
            self._new.notify_all()
