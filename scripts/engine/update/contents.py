"""What is known of one image: the files it was built from, what changed since, and what each container has of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.engine.files import digests
from scripts.engine.files.ignore import Ignore
from scripts.engine.model import Image, within
from scripts.engine.update.build import Built
from scripts.engine.update.plan import Plan, SourceKind, make_plan, sync_for


class LiveImage:
    """Used by one worker only. Containers are told apart by their id: a restarted one has the image's files again."""

    def __init__(self, image: Image, ignore: Ignore) -> None:
        self.image, self.ignore = image, ignore
        self.built: Built | None = None
        self._base: Mapping[Path, str] = {}
        self._latest: dict[Path, str] = {}
        self._touched: set[Path] = set()
        self._known: dict[str, dict[Path, str]] = {}

    def redefine(self, image: Image, ignore: Ignore) -> bool:
        """Take what the Tiltfile now says; whether that makes another image."""
        changed = (image, ignore) != (self.image, self.ignore)
        self.image, self.ignore = image, ignore
        return changed

    def sources(self) -> Mapping[Path, str]:
        """To be taken before the builder reads them: what changes from then on is found later."""
        return digests.snapshot(self.image.context, self.ignore)

    def deployed(self, built: Built, sources: Mapping[Path, str]) -> None:
        """Pods are to run this image from now on. Until then all that was known of the one before stays true."""
        if self.built is None or built.ref != self.built.ref:  # else its containers live on, with what they were sent
            self._touched.clear()
            self._known.clear()
        self.built, self._base, self._latest = built, sources, dict(sources)

    def may_matter(self, path: Path) -> bool:
        """Cheap, and safe from another thread: whether an event at `path` is worth waking the worker."""
        context = self.image.context
        return within(context, path) or (within(path, context) and not self.ignore.ignores(path))

    def concerns(self, paths: Iterable[Path]) -> set[Path]:
        """Of a batch, the files of this image's context that matter."""
        inside = [path for path in paths if within(path, self.image.context) or within(self.image.context, path)]
        return digests.expand(inside, self._latest, self.ignore) if inside else set()

    def everything(self) -> set[Path]:
        """All files, those gone included: for when events were lost."""
        return {*digests.files_below(self.image.context, self.ignore), *self._latest}

    def plan(self, paths: Iterable[Path]) -> Plan:
        """What a batch means for the image, no-op saves taken out; its files count as seen from now on."""
        changed = digests.changes(paths, self._latest, self.image.context)
        _note(self._latest, changed)
        plan = make_plan(self.image.rules, self._with_folders(changed), self._kinds())
        if plan.action != "rebuild":  # what an image has to bring is not sent to containers of the one before
            self._touched |= changed.keys()
        return plan

    def plan_for(self, container: str) -> tuple[Plan, Mapping[Path, bool]]:
        """What one container lacks of all that was to be sent since the build."""
        changed = digests.changes(self._touched, self._known.get(container, self._base), self.image.context)
        return make_plan(self.image.rules, self._with_folders(changed), self._kinds()), changed

    def arrived(self, container: str, changed: Mapping[Path, bool]) -> None:
        """A container now has these changes."""
        _note(self._known.setdefault(container, dict(self._base)), changed)

    def _with_folders(self, changed: Mapping[Path, bool]) -> dict[Path, bool]:
        """Folders that went with their last file go in the container too."""
        found = dict(changed)
        for path in (path for path, exists in changed.items() if not exists):
            sync = sync_for(path, self.image.rules.syncs)
            for folder in path.parents:
                if sync is None or folder == sync.source or not within(folder, sync.source) or folder.exists():
                    break
                found[folder] = False
        return found

    def _kinds(self) -> dict[Path, SourceKind]:
        return {sync.source: _kind(sync.source) for sync in self.image.rules.syncs}


def _note(known: dict[Path, str], changed: Mapping[Path, bool]) -> None:
    for path in changed:
        if (found := digests.digest(path)) is None:
            known.pop(path, None)
        else:
            known[path] = found


def _kind(source: Path) -> SourceKind:
    return "dir" if source.is_dir() else "file" if source.exists() else "absent"
