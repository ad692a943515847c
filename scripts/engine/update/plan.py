"""Decides what a batch of changes means for a running container. Pure; the rules are Tilt's.

Source: Tilt's live update reference and its behaviour (build path mapping, fall back, triggers); see ../README.md
for where this engine differs on purpose.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scripts.tiltfile.model import Rules, Run, Sync, within

Action = Literal["none", "sync", "run", "rebuild"]
SourceKind = Literal["file", "dir", "absent"]


@dataclass(frozen=True)
class Copy:
    """A local file and where it goes in the container."""

    source: Path
    target: str


@dataclass(frozen=True)
class Plan:
    """`sync` copies and removes files, `run` also runs commands, `rebuild` makes a new image. `gone` are the local
    paths behind `removes`."""

    action: Action
    why: str
    copies: tuple[Copy, ...] = ()
    removes: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    gone: tuple[Path, ...] = ()


def sync_for(path: Path, syncs: Iterable[Sync]) -> Sync | None:
    """The first sync in the order of declaration that covers `path`."""
    return next((sync for sync in syncs if within(path, sync.source)), None)


def target_of(path: Path, sync: Sync, kind: SourceKind) -> str:
    """Where `sync` puts `path`: a single file goes into a destination that ends in /."""
    if kind == "file" and sync.dest.endswith("/"):
        return posixpath.join(sync.dest, sync.source.name)
    return posixpath.normpath(posixpath.join(sync.dest, path.relative_to(sync.source).as_posix()))


def make_plan(rules: Rules, changes: Mapping[Path, bool], kinds: Mapping[Path, SourceKind]) -> Plan:
    """`changes` says of every changed file whether it exists now; `kinds` what each sync source is on disk now."""
    if not changes:
        return Plan("none", "nothing changed")
    paths = sorted(changes)
    if not rules:
        return Plan("rebuild", f"{paths[0].name} changed and the image is not updated in place")
    chosen = {path: sync_for(path, rules.syncs) for path in paths}
    for path in paths:  # Tilt looks for files without a sync first; the outcome is the same, this reason says more
        if any(within(path, stop) for stop in rules.fall_back_on):
            return Plan("rebuild", f"{path.name} is in fall_back_on")
    for path in paths:
        if chosen[path] is None:
            return Plan("rebuild", f"{path.name} is covered by no sync")
    targets: dict[Path, str] = {}
    for path, sync in chosen.items():
        kind = kinds.get(sync.source, "dir") if sync else "absent"
        if sync is None or kind == "absent":
            return Plan("rebuild", f"the sync source of {path.name} is gone")
        targets[path] = target_of(path, sync, kind)
    gone = [path for path in paths if not changes[path]]
    were_folders = {folder for path in gone for folder in path.parents}
    # Of two syncs to one target the later path wins, as the later entry of an archive does.
    copies = {target: Copy(path, target) for path, target in targets.items() if changes[path]}
    removes = {targets[path] for path in gone} - copies.keys()
    removes |= {target for target, copy in copies.items() if copy.source in were_folders}
    runs = tuple(run for run in rules.runs if _fires(run, paths))
    sent = tuple(sorted(copies.values(), key=lambda copy: copy.target))
    return Plan("run" if runs else "sync", _summary(paths), sent, tuple(sorted(removes)), runs, tuple(gone))


def _fires(run: Run, paths: Iterable[Path]) -> bool:
    return not run.triggers or any(within(path, trigger) for path in paths for trigger in run.triggers)


def _summary(paths: list[Path]) -> str:
    first = paths[0].name
    return f"{first} changed" if len(paths) == 1 else f"{first} and {len(paths) - 1} more changed"
