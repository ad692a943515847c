"""The environment that a Tiltfile describes, as plain immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Manifest = Mapping[str, Any]
"""One Kubernetes object as parsed from YAML."""


@dataclass(frozen=True)
class Sync:
    """Files at or below `source` (absolute) go to `dest` in the container."""

    source: Path
    dest: str


@dataclass(frozen=True)
class Run:
    """A command in the container after files were synced: always, or if a changed file is at or below a trigger."""

    argv: tuple[str, ...]
    triggers: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Rules:
    """The live update of one image, in the order Tilt demands: fall back, sync, run."""

    fall_back_on: tuple[Path, ...] = ()
    syncs: tuple[Sync, ...] = ()
    runs: tuple[Run, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.syncs)


@dataclass(frozen=True)
class Image:
    """One docker_build. `secrets` are values of `docker build --secret`, `recipe` is the Dockerfile's text."""

    ref: str
    context: Path
    dockerfile: Path
    target: str = ""
    build_args: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    rules: Rules = Rules()
    recipe: str = ""

    @property
    def ignore_file(self) -> Path:
        """What excludes files from its context, whether it exists or not."""
        own = self.dockerfile.with_name(self.dockerfile.name + ".dockerignore")
        return own if own.is_file() else self.context / ".dockerignore"


@dataclass(frozen=True)
class Link:
    url: str
    name: str = ""


@dataclass(frozen=True)
class PortForward:
    local: int
    container: int


@dataclass(frozen=True)
class Resource:
    """What a row of the page shows, of either kind."""

    name: str
    labels: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    resource_deps: tuple[str, ...] = ()
    manual: bool = False
    auto_init: bool = True


@dataclass(frozen=True)
class K8sResource(Resource):
    """A workload with the objects that belong to it, or just objects. `images` are refs built by this Tiltfile."""

    objects: tuple[Manifest, ...] = ()
    images: tuple[str, ...] = ()
    port_forwards: tuple[PortForward, ...] = ()


@dataclass(frozen=True)
class LocalResource(Resource):
    """A command on this machine."""

    argv: tuple[str, ...] = ()
    directory: Path = Path(".")
    env: tuple[tuple[str, str], ...] = ()
    deps: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Button(LocalResource):
    """A command that only a person starts. `about` says what it does; `asks` is a question that has to be answered
    first, "" for none."""

    about: str = ""
    asks: str = ""


@dataclass(frozen=True)
class Environment:
    """All that a Tiltfile says. `config_files` (and folders) are what its answer depends on, as they were at
    `evaluated_at` (seconds of the epoch)."""

    tiltfile: Path
    images: Mapping[str, Image] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    max_parallel: int = 3
    config_files: tuple[Path, ...] = ()
    tiltignore: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    evaluated_at: float = 0.0


def within(path: Path, ancestor: Path) -> bool:
    """Equal or below, by path components."""
    return path == ancestor or ancestor in path.parents
