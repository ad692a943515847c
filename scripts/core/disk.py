"""Disk space that work needs: asked for before the work begins, and only for what has to be made."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import UserError


@dataclass(frozen=True)
class Need:
    """`gigabytes` are needed in `folder`, `purpose` says what for: "Docker, for the images". `move` says how to put it
    elsewhere, "" where that is not ours to say."""

    folder: Path
    gigabytes: float
    purpose: str
    move: str = ""


@dataclass(frozen=True)
class Space:
    """A file system: what is `free` in it, and what is `needed`, in gigabytes."""

    folder: Path
    free: float
    needed: float
    purposes: tuple[str, ...]
    moves: tuple[str, ...] = ()

    @property
    def problem(self) -> str:
        """What is missing; "" where there is enough."""
        if self.free >= self.needed:
            return ""
        purposes = " and ".join(self.purposes)
        return f"{self.free:.1f} GB free in {self.folder}, {self.needed:g} GB are needed: {purposes}"

    @property
    def fix(self) -> str:
        return ", or ".join(("free some space there (./dev clean shows what can go)", *self.moves))


def spaces(needs: Iterable[Need]) -> list[Space]:
    """The needs by file system: folders on the same one share what is free."""
    found: dict[int, Space] = {}
    for need in needs:
        folder = next(path for path in (need.folder, *need.folder.parents) if path.exists())
        before = found.get(folder.stat().st_dev, Space(folder, 0, 0, ()))
        found[folder.stat().st_dev] = Space(
            before.folder,
            shutil.disk_usage(folder).free / 1e9,
            before.needed + need.gigabytes,
            (*before.purposes, need.purpose),
            (*before.moves, *([need.move] if need.move else [])),
        )
    return list(found.values())


def check(needs: Iterable[Need]) -> None:
    """Raise UserError if a disk would fill up half-way."""
    for space in spaces(needs):
        if space.problem:
            raise UserError(space.problem, space.fix)
