"""Cuts a message into words, numbers, marks and quotes, each with its place, so that titles stay verbatim.

Runs on the event loop: the time is in proportion to the length of the message, whatever its shape.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "number", "quote", "mark"]

# Each alternative starts where no other can go on, so nothing is tried twice.
PIECE = re.compile(
    r"(?P<number>\d++(?:[.,]\d++)*+(?!\w))|(?P<word>\w++(?:['’‘-]\w++)*+)|"
    r"(?P<newline>\n\s*+)|(?P<mark>[^\w\s])"
)
CLOSING = {'"': '"', "“": "”", "«": "»", "`": "`", "'": "'", "‘": "’"}
SINGLE = {"'", "‘"}


@dataclass(frozen=True)
class Token:
    """`text` is as written, a quote's without its marks, a line break's is "\\n"; `low` is for comparing."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'").replace("‘", "'")


def tokens(message: str) -> tuple[Token, ...]:
    found: list[Token] = []
    place = 0
    for start, end in _quotes(message):
        found += _pieces(message, place, start)
        found.append(Token("quote", message[start + 1 : end - 1].strip(), start, end))
        place = end
    return (*found, *_pieces(message, place, len(message)))


def _pieces(message: str, start: int, end: int) -> list[Token]:
    kinds: dict[str, Kind] = {"number": "number", "word": "word", "newline": "mark", "mark": "mark"}
    return [
        Token(kinds[piece.lastgroup or "mark"], piece[0].strip() or "\n", piece.start(), piece.end())
        for piece in PIECE.finditer(message, start, end)
    ]


def _quotes(message: str) -> list[tuple[int, int]]:
    """From the opening mark to after the closing one. A mark without its other half is just a mark."""
    found = []
    without_close: set[str] = set()
    place = 0
    while place < len(message):
        opening = message[place]
        close = CLOSING.get(opening)
        if close is None or opening in without_close or not _may_open(message, place):
            place += 1
            continue
        end = _closing(message, place, close)
        if end is None:
            without_close.add(opening)
            place += 1
        else:
            found.append((place, end + 1))
            place = end + 1
    return found


def _may_open(message: str, place: int) -> bool:
    after = message[place + 1 : place + 2]
    return bool(after) and not after.isspace() and not (place and message[place - 1].isalnum())


def _closing(message: str, opening: int, close: str) -> int | None:
    marks = (close, "’") if close == "'" else (close,)
    places = [found for mark in marks if (found := _closing_mark(message, opening, mark)) is not None]
    return min(places, default=None)


def _closing_mark(message: str, opening: int, close: str) -> int | None:
    place = message.find(close, opening + 2)
    while place != -1:
        # An apostrophe closes nothing: letters follow it.
        if message[opening] not in SINGLE or not message[place + 1 : place + 2].isalnum():
            return place
        place = message.find(close, place + 1)
    return None
