"""Which files are sources: what the revision of a service counts and the loop sends to its containers."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from posixpath import dirname, normpath

CACHES = frozenset({"__pycache__", "node_modules"})
BACKUP_ENDINGS = ("~", ".bak", ".swp", "___jb_tmp___", "___jb_old___")
PIECE_BYTES = 65536
HIDDEN_BACKUP_ENDINGS = (".swo", ".swn", ".swx", ".kate-swp")


def left_by_editor(name: str) -> bool:
    """Whether one component of a path is an editor's backup, lock or temporary file: vim tries names with 4913."""
    if name in ("4913", ".idea") or name.endswith(BACKUP_ENDINGS) or (name.startswith("#") and name.endswith("#")):
        return True
    return name.startswith(".") and (name.startswith(".#") or name.endswith(HIDDEN_BACKUP_ENDINGS))


def is_source_name(name: str) -> bool:
    """Whether one component of a path may be a source: no cache, hidden or editor's file, and UTF-8."""
    skipped = name in CACHES or name.startswith(".") or name.endswith(".pyc") or left_by_editor(name)
    return not skipped and is_utf8(name)


def is_utf8(name: str) -> bool:
    """Python decodes other bytes of a file name to surrogates, which cannot be encoded again."""
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)


def link_leaves(path: str, target: str) -> bool:
    """Whether a link at `path`, relative to a folder, leads out of that folder, by its text alone."""
    return target.startswith("/") or _resolved(path, target).split("/")[0] == ".."


def link_loops(path: str, target: str) -> bool:
    """Whether a link at `path`, relative to a folder, leads to itself or a folder that it is in, by its text alone."""
    resolved = _resolved(path, target)
    return resolved == "." or f"{normpath(path)}/".startswith(f"{resolved}/")


def _resolved(path: str, target: str) -> str:
    return normpath(f"{dirname(path)}/{target}" if dirname(path) else target)


def read_regular(path: str | os.PathLike[str]) -> tuple[bytes, int]:
    """Content and mode of a regular file. Raises OSError for anything else, and never waits for a pipe's other end."""
    with _open_regular(path) as (file, mode), open(file, "rb", closefd=False) as opened:
        return opened.read(), mode


def hash_regular(path: str | os.PathLike[str]) -> tuple[str, int]:
    """The hex sha256 of the content, which may be larger than the memory, and the mode. Raises as `read_regular`."""
    found = sha256()
    with _open_regular(path) as (file, mode):
        while piece := os.read(file, PIECE_BYTES):
            found.update(piece)
    return found.hexdigest(), mode


@contextmanager
def _open_regular(path: str | os.PathLike[str]) -> Iterator[tuple[int, int]]:
    """Its descriptor and mode."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        mode = os.fstat(file).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(f"{path} is not a regular file")
        yield file, mode
    finally:
        os.close(file)
