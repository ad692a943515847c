"""Mistakes in live updates that no build tells: rules that never take effect. Reads the context, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.docker.patterns import Matcher, patterns_of
from scripts.tiltfile.model import Image, Sync, within

LOCKFILE = re.compile(
    r"requirements[\w.-]*\.txt|(?:uv|poetry|pdm|Pipfile|Cargo|Gemfile|composer|yarn|bun)\.lock|go\.sum|bun\.lockb"
    r"|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml"
)


def problems(image: Image) -> list[str]:
    """A sentence for each mistake in the live update of an image; none for an image without one."""
    if not image.rules:
        return []
    hides = Matcher(image.context, patterns_of(image.ignore_file))
    return [*triggers(image), *_hidden_syncs(image, hides), *_lockfiles(image, hides)]


def triggers(image: Image) -> Iterator[str]:
    """The triggers of runs that no file can fire."""
    syncs = image.rules.syncs
    for trigger in (trigger for run in image.rules.runs for trigger in run.triggers):
        if any(within(trigger, sync.source) or within(sync.source, trigger) for sync in syncs):
            continue
        if local := next((here for sync in syncs if (here := _local(trigger, sync))), None):
            yield f"trigger {trigger} is a path in the container; name the file here: {_shown(local, image)}"
        else:
            where = ", ".join(_shown(sync.source, image) for sync in syncs) or "nothing"
            yield f"trigger {_shown(trigger, image)} can never fire, no sync covers it; sync it too (now: {where})"


def _local(trigger: Path, sync: Sync) -> Path | None:
    """Where a path in the container comes from, if this sync puts it there."""
    dest = Path(sync.dest)
    return sync.source / trigger.relative_to(dest) if within(trigger, dest) else None


def _hidden_syncs(image: Image, hides: Matcher) -> Iterator[str]:
    for sync in image.rules.syncs:
        if hides.prunes(sync.source):
            what = f"sync {_shown(sync.source, image)} sends nothing"
            yield f"{what}: {image.ignore_file.name} excludes it; remove one of them"


def _lockfiles(image: Image, hides: Matcher) -> Iterator[str]:
    rules = image.rules
    heeded = [*rules.fall_back_on, *(trigger for run in rules.runs for trigger in run.triggers)]
    for folder, names, files in os.walk(image.context):
        here = Path(folder)
        names[:] = sorted(name for name in names if not hides.prunes(here / name))
        for name in sorted(filter(LOCKFILE.fullmatch, files)):
            file = here / name
            if not hides.ignores(file) and not any(within(file, path) for path in heeded):
                what = f"{_shown(file, image)} is neither in fall_back_on nor a trigger"
                yield f"{what}; packages would stay as they were"


def _shown(path: Path, image: Image) -> str:
    """Relative to where the context's folder is, as the Tiltfile names it."""
    return str(path.relative_to(image.context.parent)) if within(path, image.context.parent) else str(path)
