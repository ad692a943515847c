"""A queue in which nobody is kept waiting by many requests of somebody else."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.errors import TooManyRequests, Unavailable


class FairQueue:
    """Lets `slots` callers in at a time. The keys of those that wait take turns."""

    def __init__(self, slots: int, *, waiting_per_key: int = 5, waiting: int = 200) -> None:
        self._free = slots
        self._most_per_key = waiting_per_key
        self._most = waiting
        # In the order in which the keys come next.
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}

    def waiting(self) -> int:
        """How many callers are not let in yet. Any thread may ask."""
        return sum(len(line) for line in list(self._lines.values()))

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Raises TooManyRequests or Unavailable at once where too many wait already."""
        await self._enter(key)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, key: str) -> None:
        if self._free:
            self._free -= 1
            return
        line = self._lines.get(key, deque())
        if len(line) >= self._most_per_key:
            raise TooManyRequests("Too many requests at once. Try again in 5 s.", retry_after=5)
        if self.waiting() >= self._most:
            raise Unavailable("Too many people are logging in right now. Try again in a few seconds.")
        admitted = asyncio.get_running_loop().create_future()
        line.append(admitted)
        self._lines[key] = line
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """Hand the slot to the next one that still waits."""
        while self._lines:
            key = next(iter(self._lines))
            line = self._lines.pop(key)
            admitted = line.popleft()
            if line:
                self._lines[key] = line
            if not admitted.done():
                admitted.set_result(None)
                return
        self._free += 1
