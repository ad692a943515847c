"""Which changed files do not matter: by the ignore files, and because editors make them.

Every source of patterns is a matcher of its own, so a `!` cannot bring back what another source ignores. Editors' files
are those that a revision leaves out as well: what is not counted is not sent, and the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scripts.core.sources import left_by_editor
from scripts.docker.patterns import Matcher, below, patterns_of
from scripts.tiltfile.model import Image, within


@dataclass(frozen=True)
class EditorFiles:
    """Ignores what editors leave behind: by the names of a file and its folders below `root`, elsewhere by its own."""

    root: Path | None = None

    def ignores(self, path: Path) -> bool:
        relative = below(path, self.root) if self.root else ""
        return any(map(left_by_editor, (relative or path.name).split("/")))

    def prunes(self, folder: Path) -> bool:
        return self.ignores(folder)


EDITORS = EditorFiles()


@dataclass(frozen=True)
class Ignore:
    """Ignores what any matcher ignores, and the files and folders named."""

    matchers: tuple[Matcher | EditorFiles, ...] = ()
    files: frozenset[Path] = frozenset()
    folders: tuple[Path, ...] = ()

    def ignores(self, path: Path) -> bool:
        return (
            path in self.files
            or any(within(path, folder) for folder in self.folders)
            or any(matcher.ignores(path) for matcher in self.matchers)
        )

    def prunes(self, folder: Path) -> bool:
        """True when nothing at or below a folder can matter."""
        return folder in self.folders or any(matcher.prunes(folder) for matcher in self.matchers)


def for_image(image: Image, tiltfile: Path, tiltignore: tuple[str, ...]) -> Ignore:
    """What does not make an image out of date: .tiltignore, and `<Dockerfile>.dockerignore` or else the context's
    .dockerignore. The Tiltfile and Dockerfile do, but by way of the Tiltfile's reload."""
    patterns = patterns_of(image.ignore_file)
    return Ignore(
        (Matcher(image.context, patterns), Matcher(tiltfile.parent, tiltignore), EditorFiles(image.context)),
        frozenset({tiltfile, image.dockerfile}),
        (image.context / ".git",),
    )


def for_events(tiltfile: Path, tiltignore: tuple[str, ...]) -> Ignore:
    """What a local resource is not run for, whatever its deps."""
    root = tiltfile.parent
    return Ignore((Matcher(root, tiltignore), EditorFiles(root)), folders=(root / ".git",))


def for_configuration(tiltfile: Path) -> Ignore:
    """What in a chart or another folder of configuration is not worth a reload of the Tiltfile."""
    return Ignore((EditorFiles(tiltfile.parent),))
