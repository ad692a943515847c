"""The base images, and what each stand-in is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from scripts.core.fingerprint import fingerprint, of_files
from scripts.docker import debian


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


def recipe(base: Base, folder: Path) -> str:
    """The label debian.RECIPE of a stand-in built from `folder`."""
    return fingerprint([base.official, debian.recipe(), *of_files(folder, folder)])
