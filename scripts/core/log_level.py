"""How serious a line of a log is, from its words. Pure."""

from __future__ import annotations

import re
from typing import Literal

Level = Literal["error", "warning", "info", "debug", ""]
LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")

# A word alone says little ("no errors"): it counts at the start of a line, after a time, or as a field.
_START = r"^(?:[\w.-]+ \| )?(?:[\s\[\]()<>\d:.,TZ+|/-]|UTC|GMT)*"
_FIELD = r"""\b(?:level|severity|lvl)["']?\s*[:=]\s*["']?"""
_WORDS: tuple[tuple[Level, str], ...] = (
    ("error", "error|fatal|critical|panic|err"),
    ("warning", "warning|warn"),
    ("info", "info|notice|log"),
    ("debug", "debug|trace"),
)
_PATTERNS = [
    (level, re.compile(rf"(?:{_START}(?:{words})\b[\]:|]?(?:\s|$|:)|{_FIELD}(?:{words})\b)", re.IGNORECASE))
    for level, words in _WORDS
]
_RAISED = re.compile(r"^(?:[\w.-]+ \| )?(?:Traceback \(most recent call last\)|(?:\w+\.)*\w*(?:Error|Exception)\b:)")
_FRAME = re.compile(r"^(?:[\w.-]+ \| )?(?:\s|\^|During handling of|The above exception)")


def level_of(text: str, before: Level = "") -> Level:
    """The level of a line; "" if it names none. `before` is that of the line before it: the frames of a traceback
    belong to its error."""
    if _RAISED.match(text):
        return "error"
    if before == "error" and (not text or _FRAME.match(text)):
        return "error"
    return next((level for level, pattern in _PATTERNS if pattern.search(text)), "")
