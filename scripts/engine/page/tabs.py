"""How many tabs follow the loop at once: a browser has six connections to one server, for all of its tabs."""

from __future__ import annotations

import threading
from collections.abc import Callable

MOST = 4


class Tabs:
    """The streams to tabs, oldest first. `wake` has them look whether their turn is over."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake, self._lock = wake, threading.Lock()
        self._open: list[threading.Event] = []

    def enter(self) -> threading.Event:
        """What is set once so many newer tabs follow the loop that this one no longer may."""
        over = threading.Event()
        with self._lock:
            self._open.append(over)
            oldest = self._open.pop(0) if len(self._open) > MOST else None
        if oldest:
            oldest.set()
            self._wake()
        return over

    def leave(self, over: threading.Event) -> None:
        with self._lock:
            if over in self._open:
                self._open.remove(over)
