"""Events that wait for a resource's worker."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from scripts.engine.loop.events import ClusterChanged, Event, Stopping
from scripts.files.ignore import Ignore
from scripts.tiltfile.model import Image, Resource

Definition = tuple[Resource, tuple[tuple[Image, Ignore], ...]]


@dataclass(frozen=True)
class NewDefinition:
    """What the Tiltfile now says of the resource."""

    definition: Definition


class Inbox:
    """Thread-safe; events come out in the order in which they were put in."""

    def __init__(self) -> None:
        self._events: list[Event | NewDefinition] = []
        self._new = threading.Condition()
        self._stopping = False

    def put(self, event: Event | NewDefinition) -> None:
        with self._new:
            self._stopping = self._stopping or isinstance(event, Stopping)
            if not isinstance(event, ClusterChanged) or event not in self._events:
                self._events.append(event)
                self._new.notify()

    def take(self, seconds: float | None = None) -> list[Event | NewDefinition]:
        """All that waits; nothing when nothing came within `seconds`."""
        with self._new:
            self._new.wait_for(lambda: self._events, seconds)
            events, self._events = self._events, []
            return events

    @property
    def stopping(self) -> bool:
        with self._new:
            return self._stopping
