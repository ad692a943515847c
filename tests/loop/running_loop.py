"""The loop under test: its process, what a person does on its page, and what else a checkout may hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from scripts.bench import checkout, loop_process
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.engine import log_lines, trigger

PORT = 10377
BEGUN_SECONDS = 5.0


def copy_checkout(target: Path) -> Path:
    return checkout.copy_checkout(Subprocess(), target)


class RunningLoop(loop_process.RunningLoop):
    def __init__(self, folder: Path, port: int = PORT) -> None:
        super().__init__(folder, port)

    def press(self, name: str) -> bool:
        return trigger(name, self.port)

    def log(self, name: str) -> list[str]:
        return [line["text"] for line in log_lines(name, port=self.port)]

    def is_red(self, name: str, *words: str) -> bool:
        """Whether a row is red and its text has all the words."""
        row = self.resource(name)
        return row.get("status") == "error" and all(word in row["detail"] for word in words)

    def until_red(self, name: str, *words: str, seconds: float = loop_process.DEADLINE_SECONDS) -> None:
        try:
            self.until(lambda: self.is_red(name, *words), f"{name} is red, and says {' and '.join(words)}", seconds)
        except UserError as error:
            raise UserError(f"{error.what}\nits row: {self.resource(name)}") from None

    def latest(self, name: str) -> int:
        """The number of its latest update, 0 without one."""
        return max((int(update["number"]) for update in self.updates(name)), default=0)

    def until_begun(self, name: str, latest: int, seconds: float = BEGUN_SECONDS) -> bool:
        """Whether another update than that `latest` one began within `seconds`. Asked without a pause: it takes 0.2 s,
        and on a busy machine it may be over before there is an answer."""
        deadline = time.monotonic() + seconds
        while self.resource(name).get("status") == "ok" and self.latest(name) == latest:
            if time.monotonic() > deadline:
                return False
        return True

    def exit_status(self, seconds: float) -> int | None:
        """None while it still runs after `seconds`."""
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


class Edits(checkout.Edits):
    """Also what is no regular file. `path` is where a name is in the loop's folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folders: list[Path] = []

    def path(self, name: str) -> Path:
        return self._folder / name

    def touch(self, name: str) -> None:
        """Add a comment to a file of dependencies: nothing to the package manager, a new image to the loop."""
        self.write(name, self.path(name).read_text() + "# touched\n")

    def link(self, name: str, target: str) -> None:
        self._remember(self.path(name))
        self.path(name).symlink_to(target)

    def pipe(self, name: str) -> None:
        self._remember(self.path(name))
        os.mkfifo(self.path(name))

    def folder(self, name: str, files: int = 0) -> Path:
        """A new folder, with so many small files."""
        made = self.path(name)
        self._folders.append(made)
        made.mkdir()
        for number in range(files):
            (made / f"{number}.txt").write_text(f"{number}\n")
        return made

    @contextmanager
    def growing_log(self, name: str) -> Iterator[Event]:
        """A file that gets a line every 10 ms; the event given is set when somebody wants that to end."""
        self._remember(self.path(name))
        enough = Event()

        def write() -> None:
            with self.path(name).open("a", buffering=1) as log:
                while not enough.wait(0.01):
                    log.write("GET /health 200\n")

        writer = Thread(target=write, daemon=True)
        writer.start()
        try:
            yield enough
            assert writer.is_alive(), "the log must be written all the time"
        finally:
            enough.set()
            writer.join()

    def undo(self) -> None:
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        self._folders.clear()
        super().undo()


def put_back(loop: RunningLoop, edits: Edits, name: str) -> None:
    """Until the image is as it was: the revision does not cover what is built in."""
    before = len(loop.updates(name))
    edits.undo()
    loop.until(lambda: len(loop.updates(name)) > before, "the image is rebuilt as it was")
