"""What one open page has yet to be told: rows that changed, new updates, new lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore

LINES_AT_ONCE = 2000
Event = tuple[str, Any]


class Feed:
    """For one connection; `line` and `update` are the numbers of the last ones that the page has. `place` finds the
    place in the sources that a text names."""

    def __init__(
        self, board: Board, logs: LogStore, place: Callable[[str], Any], line: int = 0, update: int = 0
    ) -> None:
        self._board, self._logs, self._place = board, logs, place
        self._line, self._update, self._version = line, update, -1
        self._rows: dict[str, dict[str, Any]] = {}

    def news(self) -> Iterator[Event]:
        """`rows` (all names in order, and the rows that changed), `updates` and `logs`, each only if there is any."""
        if self._board.version != self._version:
            state = self._board.snapshot()
            self._version = state["version"]
            rows = {row["name"]: self._with_place(row) for row in state["resources"]}
            changed = [row for name, row in rows.items() if self._rows.get(name) != row]
            if changed or list(rows) != list(self._rows) or not self._rows:
                yield "rows", {"names": list(rows), "rows": changed}
            self._rows = rows
            if updates := self._board.updates(self._update):
                self._update = updates[-1].number
                yield "updates", [asdict(update) for update in updates]
        lines = self._logs.after(self._line)
        for start in range(0, len(lines), LINES_AT_ONCE):
            batch = lines[start : start + LINES_AT_ONCE]
            self._line = batch[-1].number
            yield "logs", [line.as_json() for line in batch]

    def wait(self, seconds: float, ended: Callable[[], bool]) -> bool:
        """Until there is news or it has `ended`, at most `seconds`; whether that is so."""

        def news(number: int) -> bool:
            return number > self._line or self._board.version != self._version or ended()

        return self._logs.wait(news, seconds)

    def _with_place(self, row: dict[str, Any]) -> dict[str, Any]:
        found = self._place(row["detail"]) if row["status"] == "error" else None
        return {**row, "place": found} if found else row
