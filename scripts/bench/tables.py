"""Tables in Markdown, aligned so that they can be read in a terminal as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The first column is aligned left, figures are aligned right."""
    body = [heading, *rows]
    widths = [max(len(row[column]) for row in body) for column in range(len(heading))]
    lines = [_line(row, widths) for row in body]
    rule = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return [lines[0], _line(rule, widths), *lines[1:]]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    others = [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
    return f"| {' | '.join([row[0].ljust(widths[0]), *others])} |"


def seconds(value: float | None, places: int = 3) -> str:
    """Empty for what was not measured."""
    return "" if value is None else f"{value:.{places}f}"
