"""Rates such as 20/minute, and how often each of many keys asked in the time that one is about."""

import re
from bisect import bisect_right
from dataclasses import dataclass

SECONDS = {"second": 1, "minute": 60, "hour": 60 * 60, "day": 24 * 60 * 60}
KEYS_MAX = 100_000
"""Keys that are remembered; beyond that the oldest is forgotten, so that many keys cannot fill the memory."""


@dataclass(frozen=True)
class Rate:
    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Raises ValueError."""
        match = re.fullmatch(r"([1-9][0-9]{0,5})/(second|minute|hour|day)", text)
        if match is None:
            raise ValueError("must look like 20/minute")
        return cls(int(match[1]), SECONDS[match[2]])


class Window:
    """A window that moves with the time: of each key, what passed in the last `rate.seconds`."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._passed: dict[str, list[float]] = {}
        self._swept = 0.0

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._passed)

    def hit(self, key: str, now: float) -> float:
        """Count a request, unless it is one too many: then the seconds until one may pass, else 0."""
        start = now - self._rate.seconds
        if self._swept <= start:
            self._passed = {key: times for key, times in self._passed.items() if times[-1] > start}
            self._swept = now
        times = self._passed.setdefault(key, [])
        del times[: bisect_right(times, start)]
        if len(times) >= self._rate.count:
            return times[0] - start
        times.append(now)
        if len(self._passed) > KEYS_MAX:
            del self._passed[next(iter(self._passed))]
        return 0
