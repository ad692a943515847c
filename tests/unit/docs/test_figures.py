"""The README's figures are those of docs/measurements.md, rounded."""

from __future__ import annotations

import re

from scripts.core.paths import ROOT

SERVICES = ("backend", "mcp-server", "frontend")


def cells(document: str, start: str) -> list[str]:
    """Of the first row that starts so, what follows."""
    line = next(line for line in (ROOT / document).read_text().splitlines() if line.startswith(f"| {start}"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def columns(heading: str) -> dict[str, dict[str, float]]:
    """The figures of a table of measurements by service and column."""
    text = (ROOT / "docs/measurements.md").read_text().splitlines()
    start = next(number for number, line in enumerate(text) if line.startswith(f"| {heading}"))
    names = [cell.strip() for cell in text[start].strip("|").split("|")][1:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text[start + 2 : start + 5]]
    return {service: dict(zip(names, map(float, figures), strict=True)) for service, *figures in rows}


def test_edits_and_rebuilds_are_as_fast_as_the_readme_says() -> None:
    for row, heading, digits in (
        ("a save in the backend", "saved → served, seconds", 2),
        ("a changed dependency", "changed dependency → served, seconds", 1),
    ):
        measured = columns(heading)
        _, ours, tilts = cells("README.md", row)
        for shown, engine in ((ours, "`./dev up`"), (tilts, "Tilt")):
            assert shown == ", ".join(f"{measured[name][engine]:.{digits}f}" for name in SERVICES), row


def test_the_first_start_takes_what_the_readme_says() -> None:
    minutes, seconds = map(int, re.findall(r"\d+", cells("docs/measurements.md", "bare machine")[0]))
    assert cells("README.md", "a bare machine")[1] == str(minutes * 60 + seconds)
    assert cells("README.md", "a fresh clone")[1] == cells("docs/measurements.md", "fresh clone")[0].removesuffix(" s")
