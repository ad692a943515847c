"""Writes to a terminal: lines that scroll, and below them one status line that does not."""

from __future__ import annotations

import os
import shutil
import threading
import unicodedata
from collections.abc import Mapping
from typing import TextIO

ERASE = "\r\x1b[K"
RESET = "\x1b[0m"
CODES: Mapping[str, str] = {
    "cyan": "36", "magenta": "35", "blue": "34", "green": "32", "yellow": "33", "bright cyan": "96",
    "bright magenta": "95", "bright blue": "94", "red": "31", "dim": "2", "bold": "1",
}  # fmt: skip


def fitted(text: str, width: int) -> str:
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


class Screen:
    """Thread-safe. Where `out` is no terminal there is no status line and no colour. NO_COLOR turns colours off
    (https://no-color.org)."""

    def __init__(self, out: TextIO, env: Mapping[str, str] = os.environ) -> None:
        self._out = out
        self.live = out.isatty() and env.get("TERM") != "dumb"
        self.coloured = self.live and not env.get("NO_COLOR")
        self._lock = threading.Lock()
        self._status = ""

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{CODES[colour]}m{text}{RESET}" if self.coloured and colour and text else text

    def line(self, text: str) -> None:
        """One more line, above the status line."""
        with self._lock:
            self._write(f"{ERASE if self._status else ''}{text}\n{self._fitted()}")

    def status(self, text: str) -> None:
        """Replace the status line; "" removes it."""
        with self._lock:
            if self.live and text != self._status:
                self._status = text
                self._write(f"{ERASE}{self._fitted()}")

    def _fitted(self) -> str:
        """The status line as far as it fits: a longer one would scroll away."""
        width = shutil.get_terminal_size().columns - 1
        return self.paint(fitted(self._status, width), "bold")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
