"""Docker's ignore patterns, by the rules documented for .dockerignore: the last match wins, and what matches a folder
matches everything below it."""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.core import text
from scripts.core.errors import UserError


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
            _compile(body)
        except re.error as error:
            raise UserError(f"{file}:{number}: {pattern} is not a valid pattern: {error.msg}", "fix it") from None
        patterns.append(f"!{body}" if negated else body)
    return tuple(patterns)


def patterns_of(file: Path) -> tuple[str, ...]:
    """Empty if the file does not exist."""
    return read_patterns(text.read(file), file) if file.is_file() else ()


def _compile(pattern: str) -> re.Pattern[str]:
    """Matches the paths that the pattern matches, and all below them."""
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
    return re.compile(f"(?:{out})(?:/.*)?", re.DOTALL)


def _literal_start(pattern: str) -> tuple[str, ...]:
    """The components of a pattern before the first with a wildcard."""
    return tuple(itertools.takewhile(lambda part: not set("*?[\\") & set(part), pattern.lstrip("/").split("/")))


def below(path: Path, root: Path) -> str:
    """`path` relative to `root`, "" for the root itself and for what lies outside."""
    text, start = str(path), str(root).rstrip("/") + "/"
    return text[len(start) :] if text.startswith(start) else ""


@dataclass(frozen=True)
class Matcher:
    """The patterns of one source, relative to `root`. What lies outside of `root` never matches."""

    root: Path
    patterns: tuple[str, ...]

    @cached_property
    def _rules(self) -> list[tuple[bool, re.Pattern[str]]]:
        return [(pattern.startswith("!"), _compile(pattern.removeprefix("!").lstrip("/"))) for pattern in self.patterns]

    @cached_property
    def _kept(self) -> list[tuple[str, ...]]:
        return [_literal_start(pattern[1:]) for pattern in self.patterns if pattern.startswith("!")]

    def ignores(self, path: Path) -> bool:
        relative = below(path, self.root)
        ignored = False
        for negated, regex in self._rules if relative else ():
            if ignored == negated and regex.fullmatch(relative):
                ignored = not negated
        return ignored

    def prunes(self, folder: Path) -> bool:
        """True when nothing at or below a folder can matter: it is ignored, and no `!` may bring back a part of it."""
        if not self.ignores(folder):
            return False
        parts = below(folder, self.root).split("/")
        return not any(all(a == b for a, b in zip(kept, parts, strict=False)) for kept in self._kept)
