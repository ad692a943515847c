"""What one look at the machine found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "problem", "skipped"]
MARKS: dict[State, str] = {"ok": "✓", "warning": "!", "problem": "✗", "skipped": "-"}


@dataclass(frozen=True)
class Finding:
    """`what` is one sentence about `topic`; `cure` is what to do, "" where nothing is to be done. A `problem` keeps the
    stack from running, a `warning` may; `skipped` could not be looked at now."""

    topic: str
    state: State
    what: str
    cure: str = ""


def ok(topic: str, what: str) -> Finding:
    return Finding(topic, "ok", what)


def warning(topic: str, what: str, cure: str) -> Finding:
    return Finding(topic, "warning", what, cure)


def problem(topic: str, what: str, cure: str) -> Finding:
    return Finding(topic, "problem", what, cure)


def skipped(topic: str, what: str) -> Finding:
    return Finding(topic, "skipped", what)


def render(findings: Sequence[Finding]) -> str:
    """A line for each finding, and its cure on the next."""
    width = max(len(finding.topic) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{MARKS[finding.state]} {finding.topic:<{width}}  {finding.what}")
        if finding.cure:
            lines.append(f"  {'':<{width}}  → {finding.cure}")
    counts = {state: sum(finding.state == state for finding in findings) for state in ("problem", "warning")}
    words = [f"{count} {state}{'s' * (count != 1)}" for state, count in counts.items() if count]
    lines.append(", ".join(words) or "nothing is in the way")
    return "\n".join(lines)
