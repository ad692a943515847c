"""Checkouts as some people have them."""

from __future__ import annotations

from pathlib import Path

# What is about a path with a space and with letters that no ASCII locale has.
NAME = "mein Projekt für Tüftler"
UMASK = 0o077


def make_private(folder: Path) -> Path:
    """Give all of it the modes that it has if it was cloned under UMASK."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~UMASK)
    return folder
