"""A loop as a process of its own: `./dev up` on a copy of this checkout, whose files may be edited and are put back."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts import revision
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.ports import PAGE_PORT
from scripts.core.runner import Runner
from scripts.engine import status_snapshot
from scripts.services import by_component

DEADLINE_SECONDS = 180.0
END_SECONDS = 30.0
READ_SECONDS = 2.0
TAIL_LINES = 20


def copy_checkout(runner: Runner, target: Path, root: Path = ROOT) -> Path:
    """The files git knows of, as they stand in `root`, with the Python environment of this checkout."""
    listed = runner.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=root)
    for name in listed.stdout.split("\0"):
        source = root / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    (target / ".venv").symlink_to((root / ".venv").resolve())
    return target


@dataclass(frozen=True)
class ReportedUpdate:
    """What an engine says of an update of its own: seconds in all and of its stages."""

    action: str
    stages: Mapping[str, float]
    seconds: float
    error: str = ""


class LoopProcess(ABC):
    """A program that watches `folder`: started by `launch`, ended by Ctrl+C in `stop`. `output` is what it prints.

    It is a process group of its own, so that a Ctrl+C meant for the caller leaves it to `stop`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output: list[str] = []
        self._end = -1  # where its output comes from
        self._process: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)

    @abstractmethod
    def start(self, seconds: float = DEADLINE_SECONDS) -> None:
        """Until the whole stack is up to date."""

    @abstractmethod
    def green(self) -> bool:
        """Whether it has nothing left to do and nothing failed."""

    @abstractmethod
    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        """The first update of a resource that ended after `since` (seconds of the epoch), None while there is none."""

    def launch(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it with the caller's environment and `env`, in a terminal: it believes that a person watches."""
        ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            argv, cwd=self.folder, env={**os.environ, **env}, start_new_session=True,
            stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        self._end = ours
        self._reader.start()

    def stop(self) -> int:
        """The exit status after Ctrl+C; a program that does not heed it is killed."""
        if self._process is None:
            return 0
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            return self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()

    def check_alive(self) -> None:
        """Raise UserError with its own last error, or its last lines, when it has ended."""
        if self._process is not None and self._process.poll() is not None:
            self._reader.join(READ_SECONDS)  # its last words may be on their way
            errors = [line.removeprefix("error: ") for line in self.output if line.startswith("error: ")]
            last = errors[-1] if errors else "\n".join(self.output[-TAIL_LINES:])
            raise UserError(f"the loop ended with status {self._process.returncode}: {last}")

    def until(self, holds: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS) -> None:
        """Raises UserError when `holds` is not true in time."""
        deadline = time.monotonic() + seconds
        while not holds():
            self.check_alive()
            if time.monotonic() > deadline:
                tail = "\n".join(self.output[-TAIL_LINES:])
                raise UserError(f"after {seconds:.0f} s still not: {what}\n{tail}")
            time.sleep(0.05)

    def _read(self) -> None:
        rest = ""
        try:
            while data := os.read(self._end, 65536):
                *lines, rest = (rest + data.decode(errors="replace")).split("\n")
                self.output += [line.rstrip("\r") for line in lines]
        except OSError:
            pass  # a terminal whose other side is gone
        finally:
            os.close(self._end)
        self.output += [rest.rstrip("\r")] if rest else []


class RunningLoop(LoopProcess):
    """`./dev up` with our engine, in a terminal; its page on `port` tells its state."""

    def __init__(self, folder: Path, port: int = PAGE_PORT) -> None:
        super().__init__(folder)
        self.port = port

    def start(self, seconds: float = DEADLINE_SECONDS) -> None:
        self.launch(["./dev", "up", "--engine", "embedded"], {"TODO_PAGE_PORT": str(self.port)})
        self.until(lambda: bool(self.state().get("resources")), "the loop's page answers", seconds)
        self.until(self.green, "every resource is green", seconds)

    def state(self) -> dict[str, Any]:
        self.check_alive()
        return status_snapshot(self.port) or {}

    def resource(self, name: str) -> dict[str, Any]:
        return next((row for row in self.state().get("resources", []) if row["name"] == name), {})

    def green(self) -> bool:
        rows = [row for row in self.state().get("resources", []) if not row["manual"]]
        return bool(rows) and all(row["status"] == "ok" for row in rows)

    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        return first_update(self.updates(name), since)

    def updates(self, name: str) -> list[dict[str, Any]]:
        """The oldest first."""
        return [update for update in reversed(self.state().get("updates", [])) if update["resource"] == name]

    def sources(self, name: str) -> str:
        return sources(self.folder, name)

    def until_served(self, name: str) -> None:
        """The loop says that the service answers with the sources' revision."""
        wanted = self.sources(name)
        self.until(
            lambda: (row := self.resource(name)).get("revision") == wanted and row["status"] == "ok",
            f"{name} serves revision {wanted}, its state is {self.resource(name)}",
        )


def first_update(updates: Iterable[Mapping[str, Any]], since: float) -> ReportedUpdate | None:
    """Of updates as the page tells them, the oldest first: the first after `since`."""
    for update in updates:
        if update["time"] > since:
            return ReportedUpdate(update["action"], update["stages"], update["seconds"], update["error"])
    return None


def sources(checkout: Path, name: str) -> str:
    """The revision of a service's sources as they stand in a checkout."""
    service = by_component(name)
    assert service is not None, name
    return revision.revision(checkout / service.folder, service.sources)


class Edits:
    """Files of the loop's folder, each put back as it was by `undo`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before: dict[Path, bytes | None] = {}

    def _remember(self, path: Path) -> None:
        self._before.setdefault(path, path.read_bytes() if path.exists() else None)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self._folder / name).read_text()
        if old not in text:
            raise UserError(f"{name} has no {old!r} to edit")
        self.write(name, text.replace(old, new, 1))

    def write(self, name: str, text: str) -> None:
        """Save a file the way editors do: a new file is renamed over the old one."""
        path = self._folder / name
        self._remember(path)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text)
        new.replace(path)

    def rename(self, name: str, other: str) -> None:
        self._remember(self._folder / name)
        self._remember(self._folder / other)
        (self._folder / name).rename(self._folder / other)

    def delete(self, name: str) -> None:
        self._remember(self._folder / name)
        (self._folder / name).unlink()

    def undo(self) -> None:
        for path, content in self._before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        self._before.clear()
