"""Runs independent work at the same time and fails as soon as one part does."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


def run_together(*parts: Callable[[], object]) -> None:
    """Run all parts, each in a thread. The first exception is raised at once, without waiting for the others.

    The threads are daemons: what still runs when the command ends, ends with it.
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
