"""Runs independent functions concurrently and fails as soon as one of them does."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


def run_together(*parts: Callable[[], object]) -> None:
    """Run each part in its own thread. The first exception is raised immediately, without waiting for the others.

    The threads are daemons, so the process can exit while parts are still running.
    """
    ended: queue.Queue[BaseException | None] = queue.Queue()

    def guard(part: Callable[[], object]) -> None:
        try:
            part()
        except BaseException as error:
            ended.put(error)
        else:
            ended.put(None)

    for part in parts:
        threading.Thread(target=guard, args=(part,), daemon=True).start()
    for _ in parts:
        if (error := ended.get()) is not None:
            raise error
