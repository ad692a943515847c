"""How long the stack takes to recover from each fault or change, with the goal: a table after the tests."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.failure.ledger import Load

APPLICATION, DATABASE = 10, 20
"""Seconds: the goals for faults of the application, and for those after which PostgreSQL has to start."""
DEADLINE_SECONDS = 120
IN_A_ROW = 50
"""So many requests served one after the other: the stack has recovered."""


@dataclass
class Fault:
    """One fault or change under load. Its recovery counts from its end; that of one that happens at once is its
    beginning."""

    name: str
    goal: int
    load: Load
    _ended: float = field(default_factory=time.monotonic)

    def lasts(self, seconds: float) -> None:
        self.load.go_on(seconds)

    def ends(self) -> None:
        self._ended = time.monotonic()

    def wait_until_served(self) -> bool:
        """Whether requests are served again, within the deadline."""
        self.load.ledger.served_in_a_row = 0
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.load.ledger.served_in_a_row < IN_A_ROW:
            if time.monotonic() > deadline:
                return False
            self.load.go_on(0.1)
        return True

    def recovery(self) -> Recovery:
        ledger = self.load.ledger
        seconds = ledger.recovery_seconds(self._ended)
        return Recovery(self.name, seconds, self.goal, ledger.sent, len(ledger.failures), ledger.slowest)


@dataclass(frozen=True)
class Recovery:
    fault: str
    seconds: float
    goal: int
    sent: int
    failed: int
    slowest: float


def table(recoveries: list[Recovery]) -> list[str]:
    """One line for each fault."""
    width = max(len(each.fault) for each in recoveries)
    lines = [f"{'fault':<{width}}  recovered in  goal  requests  failed  slowest"]
    for each in recoveries:
        met = "" if each.seconds <= each.goal else "  over the goal"
        lines.append(
            f"{each.fault:<{width}}  {each.seconds:10.1f} s  {each.goal:2d} s  {each.sent:8d}  {each.failed:6d}"
            f"  {each.slowest:5.1f} s{met}"
        )
    return lines
