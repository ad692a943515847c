"""Events that wait for a resource's worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
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
    """Thread-safe; events come out in the order in which they were put in. `on_put` is called after each."""

    def __init__(self, on_put: Callable[[], object] = lambda: None) -> None:
        self._on_put = on_put
        self._events: list[Event | NewDefinition] = []
        self._new = threading.Condition()
        self._stopping = False

    def put(self, event: Event | NewDefinition) -> None:
        with self._new:
            self._stopping = self._stopping or isinstance(event, Stopping)
            if not isinstance(event, ClusterChanged) or event not in self._events:
                self._events.append(event)
                self._new.notify()
        self._on_put()

    def take(self, seconds: float | None = None) -> list[Event | NewDefinition]:
        """All that waits; nothing when nothing came within `seconds`."""
        with self._new:
            self._new.wait_for(lambda: self._events, seconds)
            events, self._events = self._events, []
            return events

    def waiting(self) -> list[Event | NewDefinition]:
        """What nobody has taken yet."""
        with self._new:
            return list(self._events)

    @property
    def stopping(self) -> bool:
        with self._new:
            return self._stopping
