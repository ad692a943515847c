"""Texts that are cut where they are too long. Pure."""

from __future__ import annotations

import unicodedata


def to_columns(text: str, width: int) -> str:
    """The first line of a text as far as it fits into so many columns of a terminal; "…" stands for the rest."""
    line, _, others = text.replace("\t", " ").partition("\n")
    if not others and sum(map(_columns, line)) <= width:
        return line
    end, left = 0, width - 1
    while end < len(line) and (left := left - _columns(line[end])) >= 0:
        end += 1
    return f"{line[:end]}…"


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):  # drawn on the character before, or not at all
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def to_bytes(text: str, limit: int) -> str:
    """The text as far as it fits into so many bytes, and how many were cut."""
    if len(text) * 4 <= limit:  # a character has at most four bytes
        return text
    encoded = text.encode(errors="replace")
    kept = encoded[:limit].decode(errors="ignore")
    cut = len(encoded) - len(kept.encode())
    return f"{kept}… ({cut} bytes cut)" if cut else text
