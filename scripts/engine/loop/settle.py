"""Waits until a loop has nothing more to do."""

from __future__ import annotations

import time
from collections.abc import Callable

from scripts.engine.loop.loop import Loop

HEAL_SECONDS = 30.0


def settle(loop: Loop, note: Callable[[str], object], heal_seconds: float = HEAL_SECONDS) -> None:
    """Until all automatic resources are green, or one has failed for good. What is red but may heal, and what only
    waits for something that nobody works on, is given `heal_seconds`."""
    board, names = loop.board, loop.automatic()
    stuck_since: float | None = None
    while not board.green(names) and not board.errors(final=True):
        stuck = bool(board.errors()) or not board.working()
        stuck_since = (stuck_since or time.monotonic()) if stuck else None
        if stuck_since is not None and time.monotonic() - stuck_since > heal_seconds:
            return
        note(", ".join(f"{name} {status}" for name, status in board.busy()))
        board.wait_for(lambda: board.green(names) or bool(board.errors(final=True)), 1.0)
