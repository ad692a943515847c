"""The revision of a service: a hash of its sources. The services compute the same in their own languages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})


def counts(relative: Path) -> bool:
    """Whether a file is a source: no caches, hidden files or editors' backups."""
    return not any(
        part in SKIPPED_FOLDERS or part.startswith(".") or part.endswith(("~", ".pyc")) for part in relative.parts
    )


def revision(folder: Path, roots: Iterable[str]) -> str:
    """12 hex digits over path and content of every source file."""
    files: list[tuple[bytes, Path]] = []
    for root in roots:
        start = folder / root
        for path in [start] if start.is_file() else start.rglob("*"):
            relative = path.relative_to(folder)
            if counts(relative) and path.is_file():
                files.append((relative.as_posix().encode(), path))
    total = hashlib.sha256()
    for name, path in sorted(files):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue  # deleted while we looked: its event follows
        total.update(name + b"\0" + hashlib.sha256(content).hexdigest().encode() + b"\n")
    return total.hexdigest()[:12]
