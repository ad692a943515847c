"""A loop under test: `./dev up` in a terminal, on a copy of this checkout whose files may be edited."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.core.paths import ROOT
from scripts.engine import served
from scripts.engine.client import log_lines, status_snapshot, trigger

PORT = 10377
DEADLINE_SECONDS = 180
FOLDERS = {"backend": "backend", "mcp-server": "mcp_server", "frontend": "frontend"}


def copy_checkout(target: Path) -> Path:
    """The files git knows of, as they stand here, with the Python environment of this checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    (target / ".venv").symlink_to((ROOT / ".venv").resolve())
    return target


class RunningLoop:
    """Started by `start`, ended by Ctrl+C in `stop`. `output` is what its terminal shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "TODO_PAGE_PORT": str(PORT)}
        self._process = subprocess.Popen(
            ["./dev", "up", "--engine", "embedded"],
            cwd=self.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        threading.Thread(target=self._read, args=(ours,), daemon=True).start()
        self.until(lambda: bool(self.state().get("resources")), "the loop's page answers")
        self.until(self.green, "every resource is green")

    def stop(self) -> int:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(timeout=30)

    def _read(self, terminal: int) -> None:
        rest = ""
        while True:
            select.select([terminal], [], [])
            try:
                data = os.read(terminal, 65536)
            except OSError:
                return  # the other side is gone
            *lines, rest = (rest + data.decode(errors="replace")).split("\n")
            self.output += [line.rstrip("\r") for line in lines]

    def state(self) -> dict[str, Any]:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError("the loop ended: " + "\n".join(self.output[-20:]))
        return status_snapshot(PORT) or {}

    def resource(self, name: str) -> dict[str, Any]:
        return next((row for row in self.state().get("resources", []) if row["name"] == name), {})

    def green(self) -> bool:
        rows = [row for row in self.state().get("resources", []) if not row["manual"]]
        return bool(rows) and all(row["status"] == "ok" for row in rows)

    def updates(self, name: str) -> list[dict[str, Any]]:
        """The oldest first."""
        return [update for update in reversed(self.state()["updates"]) if update["resource"] == name]

    def press(self, name: str) -> bool:
        return trigger(name, PORT)

    def log(self, name: str) -> list[str]:
        return [text for _, text in log_lines(name, port=PORT)]

    def sources(self, name: str) -> str:
        """The revision of a service's sources as they stand in the loop's folder."""
        folder = FOLDERS[name]
        return served.revision(self.folder / folder, served.ROOTS[folder])

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                tail = "\n".join(self.output[-30:])
                raise AssertionError(f"after {DEADLINE_SECONDS} s still not: {what}\n{tail}")
            time.sleep(0.05)

    def until_served(self, name: str) -> None:
        """The loop says that the service answers with the sources' revision."""
        wanted = self.sources(name)
        self.until(
            lambda: (row := self.resource(name)).get("revision") == wanted and row["status"] == "ok",
            f"{name} serves revision {wanted}, its state is {self.resource(name)}",
        )


class Edits:
    """Files of the loop's folder, each put back as it was by `undo`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before: dict[Path, bytes | None] = {}

    def _remember(self, path: Path) -> None:
        self._before.setdefault(path, path.read_bytes() if path.exists() else None)

    def replace(self, name: str, old: str, new: str) -> None:
        """Save a file the way editors do: a new file is renamed over the old one."""
        path = self._folder / name
        text = path.read_text()
        assert old in text, f"{name} no longer has {old!r}"
        self.write(name, text.replace(old, new, 1))

    def write(self, name: str, text: str) -> None:
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
