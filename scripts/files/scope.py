"""What to watch: which folders of the disk, and which of the events there matter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from os.path import isdir
from pathlib import Path

from scripts.docker.patterns import below
from scripts.files.ignore import Ignore

Tree = tuple[Path, Ignore]
"""A file or folder with everything below it, except for what is ignored."""


class Scope:
    """`files` are watched by name, whether they exist or not; they may be folders, but then without what is below."""

    def __init__(self, trees: Iterable[Tree] = (), files: Iterable[Path] = ()) -> None:
        self._trees = list(trees)
        self._files = set(files)
        named = {*self._files, *(root for root, _ in self._trees)}
        self._named = {*named, *(folder for path in named for folder in path.parents)}

    def matters(self, path: Path, is_folder: bool) -> bool:
        """Whether an event is worth a look: in a tree and not ignored, at a file watched by name, or at a folder that
        may hold one of these."""
        return path in self._named or any(
            below(path, root) and not (ignore.prunes(path) if is_folder else ignore.ignores(path))
            for root, ignore in self._trees
        )

    def folders(self) -> dict[Path, bool]:
        """The folders to watch; the value says whether with everything below.

        Those at the top of a tree one by one, so that an ignored folder (node_modules) costs no watches.
        """
        wanted = {_nearest_folder(file.parent): False for file in self._files}
        for root, ignore in self._trees:
            wanted.setdefault(_nearest_folder(root), False)
            with suppress(OSError):
                for child in root.iterdir():
                    if child.is_dir() and not child.is_symlink() and not ignore.prunes(child):
                        wanted[child] = True
        return wanted


def difference(
    watched: Mapping[Path, bool], wanted: Mapping[Path, bool], gone: Collection[Path]
) -> tuple[list[Path], list[Path]]:
    """The folders to stop and to begin watching. Watches of `gone` folders are dead, even if the folders came back."""
    stop = [folder for folder, deep in watched.items() if folder in gone or wanted.get(folder) != deep]
    return stop, sorted(wanted.keys() - (watched.keys() - set(stop)))


def _nearest_folder(path: Path) -> Path:
    """The folder itself, or the first above it that exists."""
    return next(folder for folder in (path, *path.parents) if isdir(folder))
