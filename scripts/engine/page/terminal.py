"""What the terminal of `./dev up` shows: the log in the colours of its resources, and the state in a line below it."""

from __future__ import annotations

from itertools import cycle

from scripts.core.screen import RESET, Screen
from scripts.engine.record.board import BUSY, Board
from scripts.engine.record.logs import Line, LogStore

PALETTE = ("cyan", "magenta", "blue", "green", "yellow", "bright cyan", "bright magenta", "bright blue")
BUILD, ERROR = "build |", "error | "


class TerminalView:
    """`show` prints what is new. Builds are left out, and so is an error that was shown and has not gone since."""

    def __init__(self, board: Board, logs: LogStore, screen: Screen, page: str) -> None:
        self._board, self._logs, self._screen, self._page = board, logs, screen, page
        self._number, self._version = logs.number, -1
        self._palette = cycle(PALETTE)
        self._colours: dict[str, str] = {}
        self._told: dict[str, str] = {}

    def show(self) -> None:
        self._version = self._board.version
        for line in self._logs.after(self._number):
            self._number = line.number
            if not line.text.startswith(BUILD) and not self._is_repeated(line):
                self._screen.line(self._rendered(line))
        self._screen.status(self._state())

    def wait(self) -> None:
        """Until there is something new to show."""
        self._logs.wait(lambda number: number > self._number or self._board.version != self._version, 3600)

    def close(self) -> None:
        """End with what is still wrong, so that it is the last thing that is read."""
        self._screen.status("")
        for name, detail in self._board.errors():
            self._screen.line(self._screen.paint(f"error: {name}: {detail}", "red"))

    def _is_repeated(self, line: Line) -> bool:
        if not line.text.startswith(ERROR):
            return False
        before = self._told.get(line.resource)
        self._told[line.resource] = line.text
        return before == line.text

    def _rendered(self, line: Line) -> str:
        screen = self._screen
        if line.resource not in self._colours:
            self._colours[line.resource] = next(self._palette)
        text = line.text
        if line.level == "error":
            text = screen.paint(text, "red")
        elif screen.coloured and line.colours:
            text = f"{line.colours}{RESET}"
        return f"{screen.paint(f'{line.resource:>12} │', self._colours[line.resource])} {text}"

    def _state(self) -> str:
        rows = self._board.snapshot()["resources"]
        for row in rows:
            if row["status"] == "ok":
                self._told.pop(row["name"], None)
        red = [row for row in rows if row["status"] == "error"]
        busy = [f"{row['name']} {row['status']}" for row in rows if row["status"] in BUSY]
        green = sum(row["status"] == "ok" for row in rows)
        newest = max(red, key=lambda row: row["since"], default=None)
        parts = [f"✗ {len(red)} failed" if red else "", f"◐ {', '.join(busy)}" if busy else "", f"✓ {green} ok"]
        parts += [self._page, f"{newest['name']}: {newest['detail']}" if newest else "Ctrl+C ends"]
        return " · ".join(filter(None, parts))
