"""Status and recent updates of every resource: what the page, `./dev status` and `--once` read."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Status = Literal["waiting", "building", "deploying", "updating", "running", "ok", "error", "idle"]
BUSY = frozenset({"waiting", "building", "deploying", "updating", "running"})
UPDATES_KEPT = 300


@dataclass(frozen=True)
class Update:
    """One update of a resource; `stages` are seconds by name, in order."""

    resource: str
    action: str
    why: str
    stages: Mapping[str, float]
    seconds: float
    error: str = ""
    time: float = field(default_factory=time.time)
    number: int = 0

    def line(self) -> str:
        parts = " · ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in self.stages.items())
        verdict = f"failed: {self.error}" if self.error else f"served in {self.seconds:.2f} s"
        return f"{self.action}: {self.why}: {verdict}" + (f" ({parts})" if parts else "")


class Clock:
    """Seconds of each stage of an update, each from the end of the one before; `began` is monotonic."""

    def __init__(self, began: float) -> None:
        self.stages: dict[str, float] = {}
        self.began = self._latest = began

    def mark(self, stage: str, until: float = 0.0) -> None:
        """Now, or when the stage has ended; `until` is monotonic."""
        end = max(until, self._latest) if until else time.monotonic()
        self.stages[stage] = self.stages.get(stage, 0.0) + end - self._latest
        self._latest = end


@dataclass
class Row:
    """`revision` was served last, `here` is that of the sources; `heals`: an error that may go away by itself; `note`
    does not change the status, which it has `since` (seconds since the epoch). `needs` are its resource_deps, `shell`
    opens one in a pod of it. `about` says what a command of the page does, and `asks` is what it asks first."""

    status: Status = "waiting"
    detail: str = ""
    kind: str = ""
    labels: tuple[str, ...] = ()
    links: tuple[Mapping[str, str], ...] = ()
    manual: bool = False
    revision: str = ""
    here: str = ""
    heals: bool = False
    note: str = ""
    since: float = field(default_factory=time.time)
    needs: tuple[str, ...] = ()
    pods: tuple[Mapping[str, Any], ...] = ()
    forwards: tuple[Mapping[str, Any], ...] = ()
    shell: str = ""
    about: str = ""
    asks: str = ""


class Board:
    """Thread-safe. `version` grows with every change, and `on_change` is called; `on_status` after a change of status.
    `clean` takes out of texts what nobody must see. Only `define` makes a row."""

    def __init__(
        self, on_change: Callable[[], None] = lambda: None, clean: Callable[[str], str] = lambda text: text
    ) -> None:
        self._on_change = on_change
        self._clean = clean
        self.on_status: Callable[[], None] = lambda: None
        self._rows: dict[str, Row] = {}
        self._updates: deque[Update] = deque(maxlen=UPDATES_KEPT)
        self._changed = threading.Condition()
        self._recorded = 0
        self.version = 0

    def define(self, name: str, **fields: Any) -> None:
        with self._changed:
            row = self._rows.get(name)
            after = replace(row or Row(), **fields)
            if after == row:
                return
            self._rows[name] = after
            self._bump()

    def change(self, name: str, **fields: Any) -> None:
        """Nothing happens to a row that was dropped meanwhile."""
        with self._changed:
            if name in self._rows:
                self.define(name, **fields)

    def drop(self, name: str) -> None:
        with self._changed:
            self._rows.pop(name, None)
            self._bump()

    def set(
        self, name: str, status: Status, detail: str = "", *, revision: str = "", here: str = "", heals: bool = False
    ) -> None:
        """Nothing happens to a row that was dropped meanwhile."""
        detail = self._clean(detail)
        with self._changed:
            if (row := self._rows.get(name)) is None:
                return
            before = row.status
            self.define(
                name, status=status, detail=detail, heals=heals,
                revision=revision or row.revision, here=here or row.here,
                since=row.since if status == before else time.time(),
            )  # fmt: skip
        if before != status:
            self.on_status()

    def record(self, update: Update) -> None:
        with self._changed:
            self._recorded += 1
            why, error = self._clean(update.why), self._clean(update.error)
            self._updates.append(replace(update, why=why, error=error, number=self._recorded))
            self._bump()

    def status(self, name: str) -> Status | None:
        with self._changed:
            row = self._rows.get(name)
            return row.status if row else None

    def question(self, name: str) -> str:
        """What is asked before this is done; "" for nothing."""
        with self._changed:
            row = self._rows.get(name)
            return row.asks if row else ""

    def errors(self, *, final: bool = False) -> list[tuple[str, str]]:
        """Name and reason of what is red; with `final` only what does not heal by itself."""
        with self._changed:
            rows = [(name, row) for name, row in self._rows.items() if row.status == "error"]
            return [(name, row.detail) for name, row in rows if not (final and row.heals)]

    def updates(self, after: int = 0) -> list[Update]:
        """Those with a higher number, oldest first."""
        with self._changed:
            return [update for update in self._updates if update.number > after]

    def wait_for(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until `condition` holds, checked after each change, at most `seconds`; returns whether it does."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def busy(self) -> list[tuple[str, str]]:
        """What is not done yet: name, and what it does."""
        with self._changed:
            rows = [(name, row) for name, row in self._rows.items() if row.status in BUSY]
            return [(name, f"{row.status} ({row.detail})" if row.detail else row.status) for name, row in rows]

    def unfinished(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Of these resources the ones that are not green: name and state in words."""
        with self._changed:
            rows = [(name, row) for name in names if (row := self._rows.get(name)) and row.status != "ok"]
            return [(name, f"{row.status} ({row.detail})" if row.detail else row.status) for name, row in rows]

    def working(self) -> bool:
        """Whether anything is being done, so that what waits may get what it waits for."""
        with self._changed:
            return any(row.status in BUSY and row.status != "waiting" for row in self._rows.values())

    def green(self, names: Iterable[str]) -> bool:
        with self._changed:
            return all((row := self._rows.get(name)) is not None and row.status == "ok" for name in names)

    def snapshot(self) -> dict[str, Any]:
        """Every row, as JSON values."""
        with self._changed:
            rows = [{"name": name, **asdict(row)} for name, row in self._rows.items()]
            return {"version": self.version, "resources": rows}

    def notify(self) -> None:
        with self._changed:
            self._bump()

    def _bump(self) -> None:
        self.version += 1
        self._changed.notify_all()
        self._on_change()
