"""Programs and Python environments in the cache that were made for other versions of the project."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from scripts.cluster.embedded import node_binaries
from scripts.core.paths import ROOT, cache_dir
from scripts.leftovers import packages
from scripts.leftovers.leftover import Leftover

PROC = Path("/proc")


def find(before: float) -> list[Leftover]:
    """What was last used `before` (seconds of the epoch), and no process uses now. Other checkouts share the cache: the
    environment of each is used whenever it runs ./dev."""
    words = list(_words_of_processes())
    own = (ROOT / ".venv").resolve()

    def old(folders: Iterable[Path], read_by_use: str) -> list[Path]:
        return [each for each in folders if last_use(each, read_by_use) < before and not _is_used(each, words)]

    programs = old((each for each in _folders(cache_dir() / "bin") if each != node_binaries.folder()), "todo-node")
    environments = old((each for each in _folders(cache_dir() / "venv") if each.resolve() != own), "pyvenv.cfg")
    return [
        *_leftovers("compiled programs", programs),
        *_leftovers("Python environments", environments),
        *packages.find(before, environments),
    ]


def _leftovers(kind: str, folders: Iterable[Path]) -> list[Leftover]:
    return [Leftover(kind, str(folder), size_of(folder), partial(shutil.rmtree, folder)) for folder in folders]


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
