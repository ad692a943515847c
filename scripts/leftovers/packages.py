"""Python packages that uv keeps in the cache although no environment has them any more.

Environments are hard links to these files, so as long as uv keeps them, removing an environment frees little more than
its bytecode. `uv cache prune` leaves them: for uv they are in use while its index has them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from scripts.core.lock import exclusive
from scripts.core.paths import cache_dir
from scripts.leftovers.leftover import Leftover


def find(before: float, environments: Iterable[Path] = ()) -> list[Leftover]:
    """One for all packages that were unpacked `before` (seconds of the epoch) and that no environment has, apart from
    these `environments`, which are removed first. uv downloads them again if it needs them."""
    unused = _unused(before, environments)
    if not unused:
        return []
    size = sum(file.st_blocks * 512 for folder in unused for file in _files(folder))
    name = f"{len(unused)} packages in {_archive()}"
    return [Leftover("packages of Python environments", name, size, partial(_remove, before))]


def _archive() -> Path:
    return cache_dir() / "uv" / "cache" / "archive-v0"


def _unused(before: float, environments: Iterable[Path]) -> list[Path]:
    """Packages without a file that has a link anywhere else."""
    going = Counter((file.st_dev, file.st_ino) for folder in environments for file in _files(folder))
    return [
        folder
        for folder in _archive().glob("*")
        if folder.stat().st_mtime < before
        and all(file.st_nlink - going[file.st_dev, file.st_ino] == 1 for file in _files(folder))
    ]


def _remove(before: float) -> None:
    def on_wait() -> None:
        print("another ./dev installs Python packages; waiting for it", file=sys.stderr)

    with exclusive(_archive().with_name(".lock"), on_wait):  # uv's own lock: it holds that while it installs
        unused = _unused(before, ())
        # Moved away first, each in one step: of a package that is half removed uv would install the rest.
        with tempfile.TemporaryDirectory(dir=_archive()) as aside:
            for folder in unused:
                folder.rename(Path(aside, folder.name))


def _files(folder: Path) -> Iterator[os.stat_result]:
    return (os.lstat(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names)
