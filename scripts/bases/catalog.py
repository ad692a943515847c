"""The base images, what each stand-in is made from, and the label that tells whether one is up to date."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

RECIPE = "todo-stack.recipe"
"""Label of a stand-in: a hash of all that it was made from. Another one means: make it again."""
STAND_IN_FOR = "todo-stack.stand-in-for"

SUITE = "trixie"
DEBIAN = "todo-base/debian:13"
APT_KEEPS_NOTHING = 'APT::Keep-Downloaded-Packages "false"; Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";'
MMDEBSTRAP = (
    "mmdebstrap",
    "--variant=minbase",
    "--aptopt=Acquire::Languages none",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    # As in Debian's own image: neither what apt downloads nor its caches stay in a layer.
    f'--customize-hook=echo \'{APT_KEEPS_NOTHING}\' > "$1/etc/apt/apt.conf.d/90image"; rm -f "$1"/var/cache/apt/*.bin',
)


@dataclass(frozen=True)
class Base:
    """One base image: `purpose` is its directory here, and its name in answers."""

    purpose: str
    official: str
    build_args: dict[str, str] = field(default_factory=dict)
    """Build argument → purpose of the base that it names; the argument DEBIAN_BASE goes to every build."""

    @property
    def stand_in(self) -> str:
        return f"todo-base/{self.official}"


PYTHON = Base("python", "python:3.13-slim")
NODE = Base("node", "node:24-slim", {"PYTHON_BASE": "python"})
POSTGRES = Base("postgres", "postgres:17")
BASES = (PYTHON, NODE, POSTGRES)


def debian_recipe() -> str:
    """The mirror does not count: all mirrors of Debian hold the same."""
    return _hash([SUITE, *MMDEBSTRAP])


def recipe(base: Base, folder: Path) -> str:
    """The recipe label for a stand-in built from `folder`."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    parts = [debian_recipe()]
    for path in files:
        executable = bool(path.stat().st_mode & 0o100)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        parts.append(f"{path.relative_to(folder).as_posix()} {executable} {content}")
    return _hash([base.official, *parts])


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
