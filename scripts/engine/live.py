"""What is known of one image: the files it was built from, what changed since, and what each container has of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.engine import tree
from scripts.engine.build import Built
from scripts.engine.ignore import Ignore
from scripts.engine.model import Image, Sync
from scripts.engine.plan import Plan, SourceKind, make_plan, sync_for, target_of, within


class LiveImage:
    """Used by one worker only. Containers are told apart by their id: a restarted one has the image's files again."""

    def __init__(self, image: Image, ignore: Ignore) -> None:
        self.image = image
        self.ignore = ignore
        self.built: Built | None = None
        self._base: dict[Path, str] = {}
        self._latest: dict[Path, str] = {}
        self._touched: set[Path] = set()
        self._known: dict[str, dict[Path, str]] = {}

    def begin_build(self) -> None:
        """Remember the files as they are before the builder reads them: what changes from now on is found later."""
        self._base = tree.snapshot(self.image.context, self.ignore)
        self._latest = dict(self._base)
        self._touched.clear()
        self._known.clear()

    def concerns(self, paths: Iterable[Path]) -> set[Path]:
        """Of a batch, the files of this image's context that matter."""
        inside = [path for path in paths if within(path, self.image.context) or within(self.image.context, path)]
        return tree.expand(inside, self._latest, self.ignore) if inside else set()

    def everything(self) -> set[Path]:
        """All files, those gone included: for when events were lost."""
        return {*tree.files_below(self.image.context, self.ignore), *self._latest}

    def plan(self, paths: Iterable[Path]) -> Plan:
        """What a batch means for the image, no-op saves taken out; its files count as seen from now on."""
        changed = tree.changes(paths, self._latest)
        self._touched |= changed.keys()
        self._note(self._latest, changed)
        return make_plan(self.image.rules, changed, self._kinds())

    def knows(self, container: str) -> bool:
        return container in self._known

    def plan_for(self, container: str) -> tuple[Plan, Mapping[Path, bool]]:
        """What one container lacks of all that changed since the build."""
        changed = tree.changes(self._touched, self._known.get(container, self._base))
        return make_plan(self.image.rules, changed, self._kinds()), changed

    def adopt(self, container: str, remote: Mapping[str, str] | None = None) -> None:
        """Begin with a container: it has the image's files, or `remote` (path → sha256) if it ran before this loop."""
        known = dict(self._base)
        if remote is not None:
            known.update(self._differing(remote))
            self._touched |= {path for path, found in known.items() if found != self._base.get(path)}
        self._known[container] = known

    def arrived(self, container: str, changed: Mapping[Path, bool]) -> None:
        """A container now has these changes."""
        self._note(self._known[container], changed)

    def targets(self) -> list[str]:
        return [target_of(s.source, s, self._kinds().get(s.source, "dir")) for s in self.image.rules.syncs]

    def _differing(self, remote: Mapping[str, str]) -> dict[Path, str]:
        """Files that a container has otherwise than the image, by their paths here."""
        found: dict[Path, str] = {}
        kinds = self._kinds()
        expected: set[str] = set()
        for path, here in self._base.items():
            sync = sync_for(path, self.image.rules.syncs)
            if sync is None:
                continue
            target = target_of(path, sync, kinds.get(sync.source, "dir"))
            expected.add(target)
            if remote.get(target) != here.partition(" ")[0] and not here.startswith("->"):
                found[path] = f"other {remote.get(target)}"
        for target in remote.keys() - expected:
            path_here = self._local(target)
            if path_here and not self.ignore.ignores(path_here):
                found[path_here] = f"other {remote[target]}"
        return found

    def _local(self, target: str) -> Path | None:
        for sync in self.image.rules.syncs:
            dest = sync.dest.rstrip("/")
            if target.startswith(f"{dest}/"):
                return sync.source / target[len(dest) + 1 :]
        return None

    @staticmethod
    def _note(known: dict[Path, str], changed: Mapping[Path, bool]) -> None:
        for path in changed:
            if (found := tree.digest(path)) is None:
                known.pop(path, None)
            else:
                known[path] = found

    def _kinds(self) -> dict[Path, SourceKind]:
        return {sync.source: _kind(sync) for sync in self.image.rules.syncs}


def _kind(sync: Sync) -> SourceKind:
    if sync.source.is_dir():
        return "dir"
    return "file" if sync.source.exists() else "absent"
