"""The merged log: the latest lines of each resource, with secrets masked before they are stored."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

LINES_KEPT = 4000
SHORTEST_SECRET = 6
MASK = "[secret]"
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Line:
    """`number` counts the lines of all resources; `time` is in seconds since the epoch."""

    number: int
    resource: str
    text: str
    time: float


class Scrubber:
    """Masks secret values, also encoded as base64, URL-quoted or JSON-escaped. Thread-safe."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()

    def learn_secret(self, secret: Mapping[str, Any]) -> None:
        """Learn the values of a Kubernetes Secret, their lines, and the parts of lists like `name:value,name:value`."""
        values = [str(value) for value in (secret.get("stringData") or {}).values()]
        for value in (secret.get("data") or {}).values():
            with suppress(ValueError):  # not base64: the cluster will reject it
                values.append(base64.b64decode(str(value)).decode(errors="replace"))
        for value in values:
            self.learn((value, *value.splitlines(), *re.split("[,:]", value)))

    def learn(self, values: Iterable[str]) -> None:
        forms = set(self._forms)
        for value in values:
            if len(value) < SHORTEST_SECRET:
                continue
            encoded = base64.b64encode(value.encode()).decode()
            forms |= {value, encoded, encoded.rstrip("="), quote(value, safe=""), json.dumps(value)[1:-1]}
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def scrub(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


class LogStore:
    """Thread-safe; `wait` blocks until there are new lines."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._rings: dict[str, deque[Line]] = {}
        self._new = threading.Condition()
        self._number = 0

    @property
    def number(self) -> int:
        """The number of the latest line, 0 before the first."""
        return self._number

    def add(self, resource: str, text: str) -> Line:
        clean = self._scrubber.scrub(_ANSI.sub("", text.rstrip()))
        with self._new:
            self._number += 1
            line = Line(self._number, resource, clean, time.time())
            self._rings.setdefault(resource, deque(maxlen=LINES_KEPT)).append(line)
            self._new.notify_all()
        return line

    def prefixed(self, resource: str, source: str) -> Callable[[str], object]:
        """A function that adds lines of one source, such as a build, to a resource's log."""
        return lambda line: self.add(resource, f"{source} | {line}")

    def after(self, number: int, resource: str = "") -> list[Line]:
        """The lines with a higher number, oldest first, at most LINES_KEPT."""
        with self._new:
            rings = [self._rings.get(resource, deque())] if resource else list(self._rings.values())
            found = [line for ring in rings for line in ring if line.number > number]
        return sorted(found, key=lambda line: line.number)[-LINES_KEPT:]

    def wait(self, until: Callable[[int], bool], seconds: float) -> None:
        """Wait until `until` holds for the number of the latest line, at most `seconds`."""
        with self._new:
            self._new.wait_for(lambda: until(self._number), seconds)

    def wake(self) -> None:
        """Make every waiting thread check its condition again."""
        with self._new:
            self._new.notify_all()
