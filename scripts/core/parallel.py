"""Runs independent functions concurrently, in daemon threads: the process can exit while they are still running."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def run_together(*parts: Callable[[], object]) -> None:
    """Run each part in its own thread. The first exception is raised immediately, without waiting for the others."""
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


def start(part: Callable[[], T]) -> Callable[[], T]:
    """Begin to run a part; the returned function waits for its result, or raises its exception."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(part())
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return result.result
