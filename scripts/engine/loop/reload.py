"""Takes batches of changed files one after another: configuration is read again first, then the sources go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from scripts.files.batches import EVERYTHING
from scripts.files.digests import changed_since
from scripts.tiltfile.failure import EvaluationFailed
from scripts.tiltfile.model import Environment


@dataclass(frozen=True)
class Batch:
    """`config` are changed configuration files, `sources` all others: both EVERYTHING if events were lost.
    `retry`: why the configuration was read when the cluster did not answer."""

    config: frozenset[Path] = frozenset()
    sources: frozenset[Path] = frozenset()
    at: float = 0.0
    retry: str = ""

    @property
    def why(self) -> str:
        """Why the Tiltfile is evaluated again; "" when it need not be."""
        if self.retry or self.config == EVERYTHING:
            return self.retry or "file events were lost"
        return f"{', '.join(sorted(path.name for path in self.config))} changed" if self.config else ""


class Reloader:
    """Its own thread, so that evaluating the Tiltfile and deleting objects never hold up the watcher.

    Sources without configuration go straight on while nothing is being read again.
    """

    def __init__(self, reload: Callable[[str], None], dispatch: Callable[[Batch], None]) -> None:
        self._reload, self._dispatch = reload, dispatch
        self._batches: list[Batch] = []  # the first is the one that is worked on
        self._stopped = False
        self._changed = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._run, name="reload", daemon=True).start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def put(self, batch: Batch) -> None:
        with self._changed:
            if batch.why or self._batches:
                self._batches.append(batch)
                self._changed.notify_all()
                return
        self._dispatch(batch)

    def look_back(self, read: Environment | EvaluationFailed, known: Collection[Path]) -> None:
        """Have read again what was saved between its evaluation and its first watch; `known` was watched before."""
        if changed := changed_since(set(read.config_files).difference(known), read.evaluated_at):
            self.put(Batch(config=frozenset(changed)))

    def put_later(self, batch: Batch, seconds: float) -> None:
        timer = threading.Timer(seconds, self.put, [batch])
        timer.daemon = True
        timer.start()

    def waiting(self) -> frozenset[Path]:
        """The sources whose workers have not heard of them."""
        with self._changed:
            return frozenset().union(*(batch.sources for batch in self._batches))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._batches or self._stopped)
                if self._stopped:
                    return
                batch = self._batches[0]
            if batch.why:
                self._reload(batch.why)
            self._dispatch(batch)
            with self._changed:
                self._batches.pop(0)
