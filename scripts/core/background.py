"""A program in the background that reports by lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from scripts.core.errors import UserError

TAIL_LINES = 20
END_SECONDS = 20


class Background:
    """Its output is read all the time, so that it never waits for us."""

    def __init__(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._name = " ".join(Path(word).name for word in argv[:3])
        self._lines: list[str] = []
        self._read = 0
        self._ended = False
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._follow)
        self._reader.start()

    def until(self, key: str) -> dict[str, Any]:
        """Wait for the next object that has this key. Raises UserError if the program ends before."""
        with self._more:
            while True:
                while self._read < len(self._lines):
                    line = self._lines[self._read]
                    self._read += 1
                    if line.startswith("{") and key in (found := json.loads(line)):
                        return dict(found)
                if self._ended:
                    tail = "\n".join(self._lines[-TAIL_LINES:])
                    raise UserError(f"{self._name} ended early: {tail}")
                self._more.wait()

    def send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def end(self) -> None:
        """Send SIGTERM, and wait until it has ended what it started."""
        assert self._process.stdin is not None
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                with self._more:
                    self._lines.append(line.decode(errors="replace").rstrip())
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()


@contextmanager
def background(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Iterator[Background]:
    """Run a program as long as the block runs. `env` is added to the environment, which loses all settings of this
    project: what a developer has set must not decide what is measured or tested."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("TODO_", "OPENAI_"))}
    program = Background(argv, cwd, {**ours, **env})
    try:
        yield program
    finally:
        program.end()
