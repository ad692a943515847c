"""Which changed files do not matter: Docker's ignore patterns, and the temporary files of editors.

Every source of patterns is a matcher of its own, so a `!` cannot bring back what another source ignores. Patterns
follow Docker's documented .dockerignore rules: the last match wins, and what matches a folder matches all below it.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from scripts.core import text
from scripts.core.errors import UserError
from scripts.engine.model import Image

# Backups and hidden files: what the revision leaves out, too.
BACKUPS = (
    "**/*~", "**/.*.swp", "**/.*.swx", "**/.*.swo", "**/.*.swn", "**/.*.kate-swp", "**/.#*", "**/.idea/**",
)  # fmt: skip
# Files for a moment. One that an image was built with counts in its revision, so images do not ignore them.
MOMENTARY = ("**/4913", "**/#*#", "**/flymake_*.*", "**/*___jb_old___", "**/*___jb_tmp___", "**/*-go-tmp-umask")


def read_patterns(source: str, file: Path) -> tuple[str, ...]:
    """The patterns of an ignore file: comments and blank lines dropped, paths cleaned, a leading / removed. Raises
    UserError with file and line."""
    patterns = []
    for number, line in enumerate(source.lstrip("\ufeff").splitlines(), 1):
        if line.startswith("#") or not (pattern := line.strip()):
            continue
        negated = pattern.startswith("!")
        body = posixpath.normpath(pattern.removeprefix("!").strip())
        body = body.lstrip("/") if len(body) > 1 else body
        try:
            _translate(body)
        except re.error as error:
            raise UserError(f"{file}:{number}: {pattern} is no pattern: {error.msg}", "mend it") from None
        patterns.append(f"!{body}" if negated else body)
    return tuple(patterns)


def patterns_of(file: Path) -> tuple[str, ...]:
    """None without the file."""
    return read_patterns(text.read(file), file) if file.is_file() else ()


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


@dataclass(frozen=True)
class Matcher:
    """The patterns of one source, relative to `root`. What lies outside of `root` never matches."""

    root: Path
    patterns: tuple[str, ...]

    @cached_property
    def _rules(self) -> list[tuple[bool, re.Pattern[str]]]:
        return [
            (pattern.startswith("!"), _translate(pattern.removeprefix("!").lstrip("/"))) for pattern in self.patterns
        ]

    @cached_property
    def _kept(self) -> list[tuple[str, ...]]:
        return [_literal_parts(pattern[1:]) for pattern in self.patterns if pattern.startswith("!")]

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


EDITORS = Matcher(Path("/"), (*BACKUPS, *MOMENTARY))


def for_image(image: Image, tiltfile: Path, tiltignore: tuple[str, ...]) -> Ignore:
    """What does not make an image out of date: .tiltignore, and `<Dockerfile>.dockerignore` or else the context's
    .dockerignore. The Tiltfile and Dockerfile do, but by way of the Tiltfile's reload."""
    own = image.dockerfile.with_name(image.dockerfile.name + ".dockerignore")
    patterns = patterns_of(own if own.is_file() else image.context / ".dockerignore")
    of_editors = Matcher(Path("/"), BACKUPS)
    return Ignore(
        (Matcher(image.context, patterns), Matcher(tiltfile.parent, tiltignore), of_editors),
        frozenset({tiltfile, image.dockerfile}),
        (image.context / ".git",),
    )


def for_events(tiltfile: Path, tiltignore: tuple[str, ...]) -> Ignore:
    """What a local resource is not run for, whatever its deps."""
    return Ignore((Matcher(tiltfile.parent, tiltignore), EDITORS), folders=(tiltfile.parent / ".git",))
