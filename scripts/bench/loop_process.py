"""A loop in a separate process: `./dev up` on a copy of this checkout."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from scripts.bench.checkout import sources
from scripts.core.errors import UserError
from scripts.core.ports import PAGE_PORT
from scripts.core.terminal_text import plain
from scripts.engine import recent_updates, status_snapshot

Value = TypeVar("Value")
DEADLINE_SECONDS = 180.0
END_SECONDS = 30.0
READ_SECONDS = 2.0
TAIL_LINES = 20


@dataclass(frozen=True)
class ReportedUpdate:
    """An update as the engine reports it: seconds in total and of its stages."""

    action: str
    stages: Mapping[str, float]
    seconds: float
    error: str = ""


class LoopProcess(ABC):
    """A program that watches `folder`: `launch` starts it, `stop` sends Ctrl+C. `output` is what it prints.

    It has its own process group, so that a Ctrl+C for the caller does not reach it before `stop`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    @abstractmethod
    def start(self, seconds: float = DEADLINE_SECONDS) -> None:
        """Start it and wait until the whole stack is up to date."""

    @abstractmethod
    def green(self) -> bool:
        """Whether nothing is left to do and nothing failed."""

    @abstractmethod
    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        """The first update of a resource after `since` (seconds since the epoch), or None."""

    def launch(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it in a terminal, as a person would; `env` is added to the environment. It can be started again after
        `stop`."""
        ours, theirs = pty.openpty()
        # A session with the terminal as its own: `tilt up` opens /dev/tty.
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *argv], cwd=self.folder, env={**os.environ, **env},
            stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        self.output = []
        self._reader = threading.Thread(target=_read, args=(ours, self.output), daemon=True)
        self._reader.start()

    def stop(self) -> int:
        """Send Ctrl+C, after a while SIGKILL; returns the exit status."""
        if self._process is None:
            return 0
        self.signal(signal.SIGINT)
        try:
            return self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            return self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to it and to what it started, as a terminal does."""
        assert self._process is not None, "it was not started"
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def check_alive(self) -> None:
        """Raise UserError with its last error, or its last lines, if it has ended."""
        if self._process is not None and self._process.poll() is not None:
            if self._reader:
                self._reader.join(READ_SECONDS)  # for the rest of its output
            errors = [line.removeprefix("error: ") for line in self.output if line.startswith("error: ")]
            last = errors[-1] if errors else "\n".join(self.output[-TAIL_LINES:])
            raise UserError(f"the loop ended with status {self._process.returncode}: {last}")

    def until(self, holds: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until `holds` is true. Raises UserError after `seconds`."""
        deadline = time.monotonic() + seconds
        while not holds():
            self.check_alive()
            if time.monotonic() > deadline:
                tail = "\n".join(self.output[-TAIL_LINES:])
                raise UserError(f"not within {seconds:.0f} s: {what}\n{tail}")
            time.sleep(0.05)


def _read(terminal: int, output: list[str]) -> None:
    rest, decoder = "", getincrementaldecoder("utf-8")(errors="replace")
    try:
        while data := os.read(terminal, 65536):
            *lines, rest = (rest + decoder.decode(data)).split("\n")
            output += [plain(line) for line in lines]
    except OSError:
        pass  # the program has closed its end
    finally:
        os.close(terminal)
    output += [plain(rest)] if rest else []


class RunningLoop(LoopProcess):
    """`./dev up` with our engine, in a terminal; its page is on `port`."""

    def __init__(self, folder: Path, port: int = PAGE_PORT) -> None:
        super().__init__(folder)
        self.port = port

    def start(self, seconds: float = DEADLINE_SECONDS) -> None:
        self.launch(["./dev", "up", "--engine", "embedded"], {"TODO_PAGE_PORT": str(self.port)})
        self.until(
            lambda: bool((status_snapshot(self.port) or {}).get("resources")), "the loop's page answers", seconds
        )
        self.until(self.green, "every resource is green", seconds)

    def rows(self) -> list[dict[str, Any]]:
        """Of its page."""
        rows: list[dict[str, Any]] = self._answer(lambda: status_snapshot(self.port))["resources"]
        return rows

    def resource(self, name: str) -> dict[str, Any]:
        return next((row for row in self.rows() if row["name"] == name), {})

    def green(self) -> bool:
        rows = [row for row in self.rows() if not row["manual"]]
        return bool(rows) and all(row["status"] == "ok" for row in rows)

    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        return first_update(self.updates(name), since)

    def updates(self, name: str) -> list[dict[str, Any]]:
        """Its updates, oldest first."""
        return [update for update in self._answer(lambda: recent_updates(self.port)) if update["resource"] == name]

    def _answer(self, ask: Callable[[], Value | None]) -> Value:
        """What the page says. On a busy machine it may not answer the first time: that is no state of the loop."""
        found: list[Value] = []

        def answered() -> bool:
            found.extend([] if (answer := ask()) is None else [answer])
            return bool(found)

        self.until(answered, "the loop's page answers")
        return found[0]

    def sources(self, name: str) -> str:
        return sources(self.folder, name)

    def until_served(self, name: str, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until the loop reports that the service serves the current sources."""
        wanted = self.sources(name)

        def served() -> bool:
            row = self.resource(name)
            return row.get("revision") == wanted and row["status"] == "ok"

        try:
            self.until(served, f"{name} serves revision {wanted}", seconds)
        except UserError as error:
            raise UserError(f"{error.what}\nits row: {self.resource(name)}") from None


def first_update(updates: Iterable[Mapping[str, Any]], since: float) -> ReportedUpdate | None:
    """The first update after `since`; `updates` as the page has them, oldest first."""
    for update in updates:
        if update["time"] > since:
            return ReportedUpdate(update["action"], update["stages"], update["seconds"], update["error"])
    return None
