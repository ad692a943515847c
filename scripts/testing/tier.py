"""What a tier is, and what it is run with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.core.runner import Runner
from scripts.testing.junit import Outcome


@dataclass(frozen=True)
class Run:
    """One run of a tier: `report` is the JUnit file that it writes, `match` a -k expression, and `artefacts` the folder
    for what helps to understand its failures, made when there are any."""

    runner: Runner
    report: Path
    artefacts: Path
    match: str = ""
    lines: list[str] = field(default_factory=list)

    def show(self, line: str) -> None:
        """Print a line of output, and keep it."""
        print(line, flush=True)
        self.lines.append(line)


Check = Callable[[Run], Outcome]


@dataclass(frozen=True)
class Tier:
    """`about` is one line for the help and docs/testing.md. `part` is what a plain `./dev test` runs of it, if not the
    whole; with `plain` false, that runs nothing of it. -k selects among its tests if `by_name`. With `alone` it
    needs the cluster for itself: it runs a loop of its own there, or restarts the node."""

    about: str
    whole: Check
    part: Check | None = None
    plain: bool = True
    by_name: bool = True
    alone: bool = False
