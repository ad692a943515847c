"""What is known of one image: the files it was built from, what changed since, and what each container has of it.

For example: the image was built from `a.py` (digest 1). It is saved (2), so it is `seen` as 2 and pending for every
container. The archive for container X packs what is there by then (3): 3 is what X has. The next scan sees 3 as well,
so X lacks nothing, and a container that starts later lacks `a.py`, because its image has 1.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from scripts.engine.settings import SourcesOf
from scripts.engine.update.build import BuiltImage
from scripts.engine.update.plan import Plan, SourceKind, make_plan, sync_for, target_of
from scripts.files import digests
from scripts.files.ignore import Ignore
from scripts.tiltfile.model import Image, Run, within


@dataclass(frozen=True)
class Sources:
    """The files of a build context by their digests, a sentence for each path that cannot be sent, and when each file
    changed last. An image may have another version of those that are `unsure`: they changed while it was built."""

    files: Mapping[Path, str]
    problems: Mapping[Path, str]
    times: Mapping[Path, int]
    unsure: frozenset[Path] = frozenset()


@dataclass
class _Container:
    """`received`: digests of the bytes that were unpacked, None for what was removed, "" where nobody knows. `open` are
    the paths at which it may lack something: only these are compared at an edit, however many were sent before. `runs`
    have yet to succeed."""

    open: set[Path]
    received: dict[Path, str | None] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()


class ImageContents:
    """Used by one worker only. Containers are known by their id: a restarted one has the image's files again."""

    def __init__(self, image: Image, ignore: Ignore, sources_of: SourcesOf = lambda image: None) -> None:
        """`sources_of`: those of an image's service, which tells their revision; None for one that does not."""
        self.image, self.ignore = image, ignore
        self._sources_of, self._sources = sources_of, sources_of(image)
        self.built: BuiltImage | None = None
        self._built_from: Mapping[Path, str] = {}
        self._seen: dict[Path, str] = {}
        self._pending: set[Path] = set()
        self._problems: dict[Path, str] = {}
        self._containers: dict[str, _Container] = {}

    def redefine(self, image: Image, ignore: Ignore) -> bool:
        """Take what the Tiltfile now says; True when that makes another image."""
        before = self.image, self.ignore
        self.image, self.ignore = image, ignore
        return before != (image, ignore)

    def sources(self) -> Sources:
        """To be taken before the builder reads the files: what changes from then on is found by a scan."""
        context = self.image.context
        times = digests.change_times(context, self.ignore)
        return Sources(*digests.examine(digests.files_below(context, self.ignore), context), times)

    def after_build(self, sources: Sources) -> Sources:
        """Those, with what has changed since, also if it was put back: the builder may have read it in between, so the
        next scan takes it as changed."""
        now = digests.change_times(self.image.context, self.ignore)
        return replace(sources, unsure=frozenset(path for path, _ in sources.times.items() ^ now.items()))

    def deployed(self, built: BuiltImage, sources: Sources) -> None:
        """Pods are to run this image from now on. Until then, what was known of the one before stays true."""
        if self.built is None or built.ref != self.built.ref:  # else its containers live on, with what they received
            self._pending.clear()
            self._containers.clear()
        self.built, self._built_from = built, {**sources.files, **dict.fromkeys(sources.unsure, "")}
        self._seen, self._problems = dict(self._built_from), dict(sources.problems)
        for has in self._containers.values():
            has.open = set(self._pending)
        self._sources = self._sources_of(self.image)
        if self._sources:
            self._sources.replace(sources.files)

    @property
    def revision(self) -> str:
        """That of the files as they were seen last; "" for an image without a service that tells it."""
        return self._sources.revision if self._sources else ""

    @property
    def problem(self) -> str:
        """Why a file cannot be sent; "" when all can."""
        return next((self._problems[path] for path in sorted(self._problems)), "")

    def scan(self, paths: Collection[Path], *, everything: bool = False) -> Plan:
        """What the changes at these paths mean for the image, saves that change nothing left out; and what a container
        lacks: a file may be as it was seen again after something else was packed."""
        context = self.image.context
        about = set(self._problems)
        if everything or any(within(context, path) for path in paths):
            about |= {*digests.files_below(context, self.ignore), *self._seen}
        elif inside := [path for path in paths if within(path, context)]:
            about |= digests.expand(inside, self._seen, self.ignore)
        files, problems = digests.examine(about, context)
        self._problems = problems
        changed = {path: path in files for path in about if files.get(path) != self._seen.get(path)}
        for path, exists in changed.items():
            if exists:
                self._seen[path] = files[path]
            else:
                del self._seen[path]
            if self._sources:
                self._sources.put(path, files.get(path))
        for has in self._containers.values():
            changed |= {path: path in self._seen for path in has.open if self._lacks(has, path)}
        plan = make_plan(self.image.rules, self._with_folders(changed), self._kinds())
        if plan.action != "rebuild":  # what an image has to bring is not sent to containers of the one before
            self._pending |= changed.keys()
            for has in self._containers.values():
                has.open |= changed.keys()
        return plan

    def targets(self, *kinds: SourceKind) -> list[str]:
        """Where a container has the files of syncs whose source is one of these on disk."""
        now, syncs = self._kinds(), self.image.rules.syncs
        found = ((path, sync) for path in self._seen if (sync := sync_for(path, syncs)))
        return [target_of(path, sync, kind) for path, sync in found if (kind := now[sync.source]) in kinds]

    def lacks(self, container: str) -> Plan:
        """What one container lacks of all that changed since the build, and the commands that have yet to run in it."""
        has = self._container(container)
        has.open = {path for path in has.open if self._lacks(has, path)}
        changed = {path: path in self._seen for path in has.open}
        plan = make_plan(self.image.rules, self._with_folders(changed), self._kinds())
        runs = tuple(run for run in self.image.rules.runs if run in plan.runs or run in has.runs)
        if plan.action == "rebuild" or runs == plan.runs:
            return plan
        why = plan.why if plan.action != "none" else f"`{runs[0].argv[-1]}` has to succeed"
        return replace(plan, action="run", why=why, runs=runs)

    def received(self, container: str, plan: Plan, packed: Mapping[Path, str], runs: Iterable[Run] = ()) -> set[Path]:
        """Book what a container has unpacked, and the commands that did not succeed. Returns what could not be read any
        more when it was to be packed."""
        has = self._container(container)
        has.runs = tuple(runs)
        has.received.update(packed)
        has.received.update(dict.fromkeys(plan.gone))
        has.open.update(packed, plan.gone)  # other bytes may have been packed than were seen
        return {copy.source for copy in plan.copies} - packed.keys()

    def may_have_received(self, container: str) -> None:
        """Book an update that came through or did not: all of it is sent again, even what is undone by then."""
        has = self._container(container)
        has.received.update(dict.fromkeys(has.open, ""))

    def forget_all_but(self, containers: Collection[str]) -> None:
        """The containers that still run; the others never come back under their id."""
        for gone in self._containers.keys() - set(containers):
            del self._containers[gone]

    def _container(self, container: str) -> _Container:
        return self._containers.setdefault(container, _Container(open=set(self._pending)))

    def _lacks(self, has: _Container, path: Path) -> bool:
        return has.received.get(path, self._built_from.get(path)) != self._seen.get(path)

    def _with_folders(self, changed: Mapping[Path, bool]) -> dict[Path, bool]:
        """Folders that went with their last file are removed in the container too, if no other sync puts files there.
        One that has gone since its files were looked at is not: they may come back as they were."""
        parents = {folder for path, exists in changed.items() if not exists for folder in path.parents}
        gone, syncs = [folder for folder in parents if not os.path.lexists(folder)], self.image.rules.syncs
        files = map(PurePosixPath, self.targets("dir", "file", "absent") if gone else ())
        kept = {str(folder) for file in files for folder in (file, *file.parents)}
        found = ((folder, sync) for folder in gone if (sync := sync_for(folder, syncs)) and folder != sync.source)
        removed = (folder for folder, sync in found if target_of(folder, sync, "dir") not in kept)
        return {**changed, **dict.fromkeys(removed, False)}

    def _kinds(self) -> dict[Path, SourceKind]:
        sources = [sync.source for sync in self.image.rules.syncs]
        return {path: "dir" if path.is_dir() else "file" if path.exists() else "absent" for path in sources}
