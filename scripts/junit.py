"""Test results, read from JUnit reports."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """Counts of tests, and each skip as `test: reason`."""

    passed: int = 0
    failed: int = 0
    skips: tuple[str, ...] = ()
    ok: bool = True


NOTHING_COLLECTED = 5  # pytest's exit status


def read_junit(report: Path, returncode: int, *, may_be_empty: bool = False) -> Outcome:
    """Read the JUnit report of pytest or vitest. Not ok if there is none, or if the exit status is not 0."""
    if may_be_empty and returncode == NOTHING_COLLECTED:
        return Outcome()
    if not report.exists():
        return Outcome(ok=False)
    passed = failed = 0
    skips: list[str] = []
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if skipped is not None:
            skips.append(f"{case.get('name')}: {skipped.get('message', 'no reason given')}")
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        else:
            passed += 1
    return Outcome(passed, failed, tuple(skips), ok=failed == 0 and returncode == 0)


def summary(outcomes: dict[str, tuple[Outcome, float]]) -> str:
    """A table with one line per tier (name → outcome, seconds), each skipped test, and the totals."""
    lines = [
        f"  {name:<9} {'ok    ' if outcome.ok else 'FAILED'} {outcome.passed:>5} passed {outcome.failed:>3} failed "
        f"{len(outcome.skips):>3} skipped  {seconds:7.1f} s"
        for name, (outcome, seconds) in outcomes.items()
    ]
    lines += [f"  skipped in {name}: {skip}" for name, (outcome, _) in outcomes.items() for skip in outcome.skips]
    every = [outcome for outcome, _ in outcomes.values()]
    lines.append(
        f"{sum(o.passed for o in every)} passed, {sum(o.failed for o in every)} failed, "
        f"{sum(len(o.skips) for o in every)} skipped in {sum(s for _, s in outcomes.values()):.0f} s"
    )
    return "\n".join(lines)
