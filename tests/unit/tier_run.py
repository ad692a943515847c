"""A run of a tier that starts no programs."""

from __future__ import annotations

from pathlib import Path

from scripts.testing.tier import Run
from tests.unit.fakes import FakeRunner

NOWHERE = Path("/nonexistent")


def tier_run(runner: FakeRunner, where: Path = NOWHERE, match: str = "") -> Run:
    return Run(runner, where / "report.xml", where / "failed", match)
