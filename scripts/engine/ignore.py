"""Which changed files do not matter: Docker's ignore patterns, and the temporary files of editors.

Every source of patterns is a matcher of its own, so a `!` cannot bring back what another source ignores. Patterns
follow Docker's documented .dockerignore rules: the last match wins, and what matches a folder matches all below it.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.engine.model import Image

EDITOR_FILES = (
    "**/*~", "**/.*.swp", "**/.*.swx", "**/.*.swo", "**/.*.swn", "**/4913", "**/.*.kate-swp", "**/.#*", "**/#*#",
    "**/flymake_*.*", "**/*___jb_old___", "**/*___jb_tmp___", "**/.idea/**", "**/*-go-tmp-umask",
)  # fmt: skip


def read_patterns(text: str) -> tuple[str, ...]:
    """The patterns of an ignore file: comments and blank lines dropped, paths cleaned, a leading / removed."""
    patterns = []
    for line in text.lstrip("\ufeff").splitlines():
        if line.startswith("#") or not (pattern := line.strip()):
            continue
        negated = pattern.startswith("!")
        body = posixpath.normpath(pattern.removeprefix("!").strip())
        body = body.lstrip("/") if len(body) > 1 else body
        patterns.append(f"!{body}" if negated else body)
    return tuple(patterns)


def _translate(pattern: str) -> re.Pattern[str]:
    out = ""
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**", at):
            at += 2
            if pattern.startswith("/", at):
                at += 1
                out += "(?:.*/)?"
            else:
                out += ".*"
            continue
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0:
            out += pattern[at : end + 1]
            at = end
        elif char == "\\" and at + 1 < len(pattern):
            at += 1
            out += re.escape(pattern[at])
        else:
            out += re.escape(char)
        at += 1
    return re.compile(out)


def _literal_parts(pattern: str) -> tuple[str, ...]:
    """The components of a pattern before the first with a wildcard."""
    parts = PurePosixPath(pattern.lstrip("/")).parts
    return tuple(itertools.takewhile(lambda part: not set("*?[\\") & set(part), parts))


class Matcher:
    """The patterns of one source, relative to `root`. What lies outside of `root` never matches."""

    def __init__(self, root: Path, patterns: Sequence[str]) -> None:
        self.root = root
        self._rules = [
            (pattern.startswith("!"), _translate(pattern.removeprefix("!").lstrip("/"))) for pattern in patterns
        ]
        self._kept = [_literal_parts(pattern[1:]) for pattern in patterns if pattern.startswith("!")]

    def ignores(self, path: Path) -> bool:
        try:
            relative = path.relative_to(self.root)
        except ValueError:
            return False
        if relative == Path("."):
            return False
        parts = PurePosixPath(relative).parts
        prefixes = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        ignored = False
        for negated, regex in self._rules:
            if ignored == negated and any(regex.fullmatch(prefix) for prefix in prefixes):
                ignored = not negated
        return ignored

    def prunes(self, folder: Path) -> bool:
        """True when nothing at or below a folder can matter: it is ignored and no `!` may bring back a part of it."""
        if not self.ignores(folder):
            return False
        parts = PurePosixPath(folder.relative_to(self.root)).parts
        return not any(all(a == b for a, b in zip(prefix, parts, strict=False)) for prefix in self._kept)


@dataclass(frozen=True)
class Ignore:
    """Ignores what any matcher ignores, and the files named."""

    matchers: tuple[Matcher, ...]
    files: frozenset[Path] = frozenset()
    folders: tuple[Path, ...] = ()

    def ignores(self, path: Path) -> bool:
        return (
            path in self.files
            or any(path.is_relative_to(folder) for folder in self.folders)
            or any(matcher.ignores(path) for matcher in self.matchers)
        )

    def prunes(self, folder: Path) -> bool:
        return folder in self.folders or any(matcher.prunes(folder) for matcher in self.matchers)


EDITORS = Matcher(Path("/"), EDITOR_FILES)


def context_patterns(image: Image) -> tuple[str, ...]:
    """`<Dockerfile>.dockerignore`, or else the context's .dockerignore."""
    own = image.dockerfile.with_name(image.dockerfile.name + ".dockerignore")
    for candidate in (own, image.context / ".dockerignore"):
        if candidate.is_file():
            return read_patterns(candidate.read_text())
    return ()


def for_image(image: Image, tiltfile: Path, tiltignore: Iterable[str]) -> Ignore:
    """What does not make an image out of date. The Tiltfile and Dockerfile do, but by way of the Tiltfile's reload."""
    return Ignore(
        (Matcher(image.context, context_patterns(image)), Matcher(tiltfile.parent, tuple(tiltignore)), EDITORS),
        frozenset({tiltfile, image.dockerfile}),
        (image.context / ".git",),
    )
