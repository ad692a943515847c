"""The files of a build context by their hashes: what changed, without trusting events or times."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from scripts.engine.files.ignore import Ignore

Tree = Mapping[Path, str]


def digest(path: Path) -> str | None:
    """A hash of a file's content and mode, of a link's target; None when there is no such file."""
    try:
        if path.is_symlink():
            return f"-> {os.readlink(path)}"
        if path.is_dir():
            return None
        return f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mode & 0o777:o}"
    except OSError:
        return None


def files_below(path: Path, ignore: Ignore) -> Iterator[Path]:
    """The files at or below `path` that matter; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        if (path.is_symlink() or path.exists()) and not ignore.ignores(path):
            yield path
        return
    for folder, subfolders, files in os.walk(path):
        here = Path(folder)
        links = [name for name in subfolders if (here / name).is_symlink()]
        subfolders[:] = [name for name in subfolders if name not in links and not ignore.prunes(here / name)]
        for name in (*files, *links):
            if not ignore.ignores(here / name):
                yield here / name


def snapshot(context: Path, ignore: Ignore) -> dict[Path, str]:
    return {path: found for path in files_below(context, ignore) if (found := digest(path)) is not None}


def expand(paths: Iterable[Path], known: Iterable[Path], ignore: Ignore) -> set[Path]:
    """Events may name folders: the files that a batch is about, those that are gone included."""
    found: set[Path] = set()
    known = list(known)
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            found.update(files_below(path, ignore))
        elif not ignore.ignores(path):
            found.add(path)
        found.update(file for file in known if path in file.parents)
    return {path for path in found if path.is_symlink() or not path.is_dir()}


def changes(paths: Iterable[Path], known: Tree) -> dict[Path, bool]:
    """Of `paths` those that differ from what is known; the value says whether the file exists."""
    result: dict[Path, bool] = {}
    for path in paths:
        found = digest(path)
        if found != known.get(path):
            result[path] = found is not None
    return result
