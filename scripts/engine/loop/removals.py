"""Deletes the objects that the Tiltfile no longer has, on a thread of its own: an object may take its time to go."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from scripts.engine.update import deploy
from scripts.kube.api import Kube
from scripts.tiltfile.model import Manifest


class Removals:
    """`fail` gets what went wrong; what could not be deleted is tried again after the next change of configuration."""

    def __init__(self, kube: Kube, fail: Callable[[Exception], None]) -> None:
        self._kube, self._fail = kube, fail
        self._pending: list[Manifest] = []
        self._lock = threading.Lock()
        self._running = False

    def adopt(self, before: Iterable[Manifest], after: Iterable[Manifest]) -> None:
        """From one environment to the next."""
        with self._lock:
            self._pending = deploy.removed([*self._pending, *before], after)
            if self._running or not self._pending:
                return
            self._running = True
        threading.Thread(target=self._run, name="removals", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._pending:
                    self._running = False
                    return
                item = self._pending[0]
            try:
                deploy.delete(self._kube, item)
            except Exception as error:  # told to the person; the next change of configuration tries again
                with self._lock:
                    self._running = False
                self._fail(error)
                return
            with self._lock:
                self._pending = [other for other in self._pending if other is not item]
