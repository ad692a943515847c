"""How many threads may do something at the same time, a number that may change meanwhile."""

from __future__ import annotations

import threading


class Slots:
    """A context that at most `number` threads are in; others wait for one to leave."""

    def __init__(self, number: int) -> None:
        self._number, self._taken = number, 0
        self._changed = threading.Condition()

    def resize(self, number: int) -> None:
        with self._changed:
            self._number = number
            self._changed.notify_all()

    def __enter__(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._taken < self._number)
            self._taken += 1

    def __exit__(self, *error: object) -> None:
        with self._changed:
            self._taken -= 1
            self._changed.notify()
