"""Does operations in a checkout, and lists what it and a container hold."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from scripts import revision
from tests.loop.soak.invariants import Entry
from tests.loop.soak.operations import BRANCHES, OTHER_BRANCH
from tests.loop.soak.steps import Append, Chmod, Delete, KillPod, Link, Rename, Step, Switch, UntilBegun, Write

GIT = ("git", "-c", "user.name=soak", "-c", "user.email=soak@example.com", "-c", "gc.auto=0")
EXECUTABLE = 0o111
START = "before-the-soak"
# One line a file or link, ended by NUL: mode and name, or the link's target and name; then the digests of all files.
LISTING = (
    r"""cd /app && find "$@" -type f -printf 'file %m %p\0' -o -type l -printf 'link %l\n%p\0' """
    r"""&& find "$@" -type f -print0 | xargs -0r sha256sum -z"""
)


class Checkout:
    """A git repository of its own over a folder; `close` leaves the folder as it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        main, other = BRANCHES
        self._git("init", "-q", "-b", main)
        self._commit("start")
        self._git("tag", START)
        self._originals: dict[str, str] = {}
        for step in OTHER_BRANCH:
            if isinstance(step, Append):
                self._original(step.path)
        self._git("checkout", "-q", "-b", other)
        for step in OTHER_BRANCH:
            self.take(step)
        self._commit(other)
        self._git("checkout", "-q", main)

    def take(self, step: Step) -> None:
        """Do a step on files; those on pods are the caller's."""
        match step:
            case Write(path, text):
                self._write(path, text)
            case Append(path, line):
                self._write(path, self._original(path) + line)
            case Rename(path, to):
                (self._folder / path).rename(self._folder / to)
                self._prune(path)
            case Delete(path):
                (self._folder / path).unlink()
                self._prune(path)
            case Chmod(path, executable):
                mode = (self._folder / path).stat().st_mode
                (self._folder / path).chmod(mode | EXECUTABLE if executable else mode & ~EXECUTABLE)
            case Link(path, target):
                self._link(path, target)
            case Switch(branch):
                self._commit("work")
                self._git("checkout", "-q", branch)
            case KillPod() | UntilBegun():
                raise AssertionError(f"{step} is nothing to do in a checkout")

    def close(self) -> None:
        self._git("checkout", "-q", "-f", START)
        self._git("clean", "-qfd")
        shutil.rmtree(self._folder / ".git")

    def _write(self, name: str, text: str) -> None:
        """As editors save: a new file with the mode of the old one is renamed over it."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text)
        with suppress(FileNotFoundError):
            new.chmod(path.stat().st_mode)
        new.replace(path)

    def _link(self, name: str, target: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.symlink_to(target)
        new.replace(path)

    def _prune(self, name: str) -> None:
        """Remove the folders that are empty now."""
        for folder in (self._folder / name).parents:
            try:
                folder.rmdir()
            except OSError:
                return

    def _original(self, name: str) -> str:
        return self._originals.setdefault(name, (self._folder / name).read_text())

    def _commit(self, message: str) -> None:
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", message)

    def _git(self, *words: str) -> None:
        done = subprocess.run([*GIT, *words], cwd=self._folder, capture_output=True, text=True)
        assert done.returncode == 0, (words, done.stderr)


def local_tree(folder: Path, roots: Sequence[str]) -> dict[str, Entry]:
    """What counts in a revision, by path relative to `folder`."""
    found = {}
    for path in _paths(folder, roots):
        name = path.relative_to(folder)
        if not revision.counts(name):
            continue
        if path.is_symlink():
            found[name.as_posix()] = Entry(f"-> {os.readlink(path)}")
        elif path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name.as_posix()] = Entry(digest, bool(path.stat().st_mode & 0o100))
    return found


def _paths(folder: Path, roots: Sequence[str]) -> Iterator[Path]:
    for root in roots:
        yield folder / root
        for at, folders, files in os.walk(folder / root):
            yield from (Path(at) / name for name in (*folders, *files))


def listing(roots: Sequence[str]) -> list[str]:
    """The command that lists a container's files below /app, for `parse_listing`."""
    return ["sh", "-c", LISTING, "sh", *roots]


def parse_listing(output: str) -> dict[str, Entry]:
    executable: dict[str, bool] = {}
    found: dict[str, Entry] = {}
    for record in filter(None, output.split("\0")):
        kind, _, rest = record.partition(" ")
        if kind == "file":
            mode, _, name = rest.partition(" ")
            executable[name] = bool(int(mode, 8) & 0o100)
        elif kind == "link":
            target, _, name = rest.partition("\n")
            found[name] = Entry(f"-> {target}")
        else:
            name = rest.removeprefix(" ")
            found[name] = Entry(kind, executable[name])
    return {name: entry for name, entry in found.items() if revision.counts(Path(name))}
