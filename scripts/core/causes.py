"""What uv prints for a failure: a line with the error, and one for each cause below it."""

from __future__ import annotations

from collections.abc import Iterable


def join_causes(lines: Iterable[str]) -> list[str]:
    """The lines without indentation, those of causes appended to the error that they explain."""
    joined: list[str] = []
    for line in lines:
        text = line.strip()
        if text.startswith("cause: ") and joined and joined[-1].startswith("error: "):
            joined[-1] += f": {text.removeprefix('cause: ')}"
        else:
            joined.append(text)
    return joined
