"""What ties the engine to a project: a second stack beside the first has another Settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scripts.tiltfile.model import Image


class ServiceSources(Protocol):
    """The sources of a service by their `scripts.files.digests`; /health of the service tells their revision."""

    @property
    def revision(self) -> str: ...

    def replace(self, files: Mapping[Path, str]) -> None:
        """It has these files, and no others."""

    def put(self, path: Path, digest: str | None) -> None:
        """One file is as `digest` says, None when it is gone."""


SourcesOf = Callable[[Image], ServiceSources | None]


@dataclass(frozen=True)
class PageCommand:
    """A command of the project that the page has a button for. `about` says what it does; `asks` is a question that has
    to be answered first, "" for none."""

    name: str
    argv: tuple[str, ...]
    about: str
    asks: str = ""


@dataclass(frozen=True)
class Settings:
    """`namespace` is watched, and holds the Secrets that logs must not show. `lease` (namespace, name) is held by one
    loop. `manager` owns the fields that are applied. `sources_of` an image are those of its service, whose /health
    must tell their revision; None for an image without one. `node_port` is where the app answers on the node.
    `commands` have a button on the page."""

    root: Path
    namespace: str
    lease: tuple[str, str]
    manager: str
    node_port: int
    sources_of: SourcesOf
    commands: tuple[PageCommand, ...] = ()
