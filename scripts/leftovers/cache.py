"""Programs and Python environments in the cache that were made for other versions of the project."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from scripts.cluster.embedded import node_binaries
from scripts.core.errors import UserError
from scripts.core.lock import exclusive
from scripts.core.paths import ROOT, cache_dir
from scripts.environment import make as environment
from scripts.leftovers import packages
from scripts.leftovers.leftover import Leftover

PROC = Path("/proc")
REMOVING = ".removing"


def find(before: float) -> list[Leftover]:
    """What was last used `before` (seconds of the epoch), and no process uses now. Other checkouts share the cache: the
    environment of each is used whenever it runs ./dev."""
    words = list(_words_of_processes())
    own = (ROOT / ".venv").resolve()
    programs = [each for each in _folders(cache_dir() / "bin") if each != node_binaries.folder()]
    programs = [each for each in programs if _is_unused(each, "todo-node", before, words)]
    environments = [each for each in _folders(cache_dir() / "venv") if each.resolve() != own]
    environments = [each for each in environments if _is_unused(each, "pyvenv.cfg", before, words)]
    return [
        *(_leftover("compiled programs", each, "todo-node", before, node_binaries.lock()) for each in programs),
        *(_leftover("Python environments", each, "pyvenv.cfg", before, _lock(each)) for each in environments),
        *packages.find(before, environments),
    ]


def _leftover(kind: str, folder: Path, read_by_use: str, before: float, lock: Path) -> Leftover:
    def remove() -> None:
        with exclusive(lock, lambda: print(f"another ./dev has locked {lock}; waiting for it", file=sys.stderr)):
            if not folder.exists():
                return
            if not _is_unused(folder, read_by_use, before, list(_words_of_processes())):
                raise UserError("it is used again")
            # Moved away first, in one step: half of it under its own name would count as all of it.
            aside = folder.with_name(f"{_name(folder)}{REMOVING}")
            if folder != aside:
                if aside.exists():
                    shutil.rmtree(aside)
                folder.rename(aside)
            shutil.rmtree(aside)

    return Leftover(kind, str(folder), size_of(folder), remove)


def _name(folder: Path) -> str:
    """The name that it had before its removal began."""
    return folder.name.removesuffix(REMOVING)


def _lock(venv: Path) -> Path:
    return environment.lock(venv.with_name(_name(venv)))


def _is_unused(folder: Path, read_by_use: str, before: float, words: Collection[str]) -> bool:
    """Also of the rest of a removal, however lately that was cut short."""
    old = folder.name.endswith(REMOVING) or last_use(folder, read_by_use) < before
    return old and not _is_used(folder, words)


def _is_used(folder: Path, words: Collection[str]) -> bool:
    return any(f"{path}/" in word for word in words for path in {folder, folder.resolve()})


def last_use(folder: Path, read_by_use: str) -> float:
    """Seconds of the epoch, by a file that is read with every use; now where the file system does not note reads."""
    file = folder / read_by_use
    with suppress(OSError):
        if os.statvfs(file).f_flag & os.ST_NOATIME:
            return float("inf")
        return max(file.stat().st_atime, folder.stat().st_mtime)
    return folder.stat().st_mtime  # what was never finished


def size_of(folder: Path) -> int:
    """Bytes on the disk; a file with several links counts only for the last of them."""
    sizes = (
        os.lstat(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names
    )  # fmt: skip
    return sum(found.st_blocks * 512 for found in sizes if found.st_nlink == 1)


def _folders(parent: Path) -> Iterable[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir()) if parent.is_dir() else []


def _words_of_processes() -> Iterator[str]:
    """Programs and arguments of all processes that can be read, and where a program really is that was started by way
    of a link, as .venv in a checkout."""
    for process in PROC.iterdir() if PROC.is_dir() else ():
        if process.name.isdecimal():
            with suppress(OSError):
                words = (process / "cmdline").read_text(errors="replace").split("\0")
                yield from words
                started = Path(os.readlink(process / "cwd"), words[0])
                yield f"{os.path.realpath(started.parent)}/"
            with suppress(OSError):
                yield f"{os.readlink(process / 'exe')}/"
