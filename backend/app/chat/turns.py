"""Keeps the process alive until the turns that its end cuts off have stored what they did."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STORE_SECONDS = 3


class OpenTurns:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn, for as long as the block lasts."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def end(self) -> None:
        """Wait for turns that the server has cancelled: it ends the process once this returns."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STORE_SECONDS)
