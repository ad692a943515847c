"""Short hashes that name what something is made from: the same parts, the same fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(parts: Iterable[str]) -> str:
    """12 hex digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def of_files(root: Path, base: Path) -> list[str]:
    """A part for a file, or for each file below a folder: its path relative to `base`, executable bit and content."""
    files = [path for path in sorted([root, *root.rglob("*")]) if path.is_file()]
    return [
        f"{path.relative_to(base).as_posix()} {bool(path.stat().st_mode & 0o100)} "
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in files
    ]
