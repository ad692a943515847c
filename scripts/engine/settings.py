"""What ties the engine to a project: a second stack beside the first has another Settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

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
class Ended:
    """How a run with `once` ended: the rows of the board, the names of those that are not green with the reason, and
    the end of their logs."""

    rows: Sequence[Mapping[str, Any]]
    errors: Sequence[tuple[str, str]]
    logs: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Settings:
    """`namespace` is watched, and holds the Secrets that logs must not show. `lease` (namespace, name) is held by one
    loop. `manager` owns the fields that are applied. `sources_of` an image are those of its service, whose /health
    must tell their revision; None for an image without one. `node_port` is where the app answers on the node. The
    Tiltfile is evaluated for `subcommand` with `arguments`; `on_end` is called at the end of a run with `once`."""

    root: Path
    namespace: str
    lease: tuple[str, str]
    manager: str
    node_port: int
    sources_of: SourcesOf
    subcommand: str = "up"
    arguments: tuple[str, ...] = ()
    on_end: Callable[[Ended], object] = lambda ended: None
