"""Writes to a terminal: lines that scroll, and below them one status line that does not."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Mapping
from typing import TextIO

from scripts.core import shorten

ERASE = "\r\x1b[K"
RESET = "\x1b[0m"
CODES: Mapping[str, str] = {
    "cyan": "36", "magenta": "35", "blue": "34", "green": "32", "yellow": "33", "bright cyan": "96",
    "bright magenta": "95", "bright blue": "94", "red": "31", "dim": "2", "bold": "1",
}  # fmt: skip


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
        return self.paint(shorten.to_columns(self._status, width), "bold")

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:
            if error.errno != errno.EIO:  # that of a terminal that was closed, which a signal tells
                raise
