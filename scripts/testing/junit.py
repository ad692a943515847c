"""Test results, in JUnit reports."""

from __future__ import annotations

import re
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


def read_junit(report: Path, returncode: int, *, selected: bool = False) -> Outcome:
    """Read the JUnit report of pytest or vitest. Not ok if there is none, or if the exit status is not 0.

    With `selected`, tests were chosen by name: there may be none, and those that vitest left out are no skips.
    """
    if selected and returncode == NOTHING_COLLECTED:
        return Outcome()
    if not report.exists():
        return Outcome(ok=False)
    passed = failed = 0
    skips: list[str] = []
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if skipped is not None:
            reason = skipped.get("message")
            if reason or not selected:
                skips.append(f"{case.get('name')}: {reason or 'no reason given'}")
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        else:
            passed += 1
    return Outcome(passed, failed, tuple(skips), ok=failed == 0 and returncode == 0)


def add_case(report: Path, suite: str, name: str, failure: str | None) -> None:
    """Add a test to a report, which is made if there is none; `failure` is its output if it failed."""
    root = ElementTree.parse(report).getroot() if report.exists() else ElementTree.Element("testsuites")
    of_suite = root if root.tag == "testsuite" else root.find(f"testsuite[@name='{suite}']")
    if of_suite is None:
        of_suite = ElementTree.SubElement(root, "testsuite", name=suite, tests="0", failures="0", errors="0")
    case = ElementTree.SubElement(of_suite, "testcase", classname=suite, name=name)
    _count(of_suite, "tests")
    if failure is not None:
        _count(of_suite, "failures")
        # What XML cannot hold, such as the colours of a terminal.
        text = re.sub(r"\x1b\[[\d;]*m|[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", failure)
        last = next((line for line in reversed(text.splitlines()) if line.strip()), "failed")
        ElementTree.SubElement(case, "failure", message=last).text = text
    report.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(report, encoding="utf-8", xml_declaration=True)


def _count(suite: ElementTree.Element, name: str) -> None:
    suite.set(name, str(int(suite.get(name, "0")) + 1))


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
