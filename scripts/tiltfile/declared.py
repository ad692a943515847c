"""What the built-ins collect while a Tiltfile is evaluated."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from scripts.tiltfile.manifests import Identity
from scripts.tiltfile.model import Image, Link, LocalResource, Manifest, PortForward, Run, Sync


class TriggerMode(IntEnum):
    AUTO = 0
    MANUAL = 1


@dataclass(frozen=True)
class FallBackOn:
    paths: tuple[Path, ...]


Step = Sync | Run | FallBackOn
"""A part of live_update."""


@dataclass(frozen=True)
class Location:
    """Where a button is shown; the page of the engine shows all at one place."""

    component_id: str
    component_type: str


@dataclass(frozen=True)
class StartOn:
    """The buttons that start a command."""

    ui_buttons: tuple[str, ...]


@dataclass(frozen=True)
class DeclaredButton:
    """`text` says what it does; `confirm`: it asks first. `place` is its file:line."""

    place: str
    text: str
    confirm: bool


@dataclass(frozen=True)
class DeclaredCommand:
    """What a button runs."""

    args: tuple[str, ...]
    directory: Path
    start_on: StartOn


@dataclass(frozen=True)
class K8sOptions:
    """One call of k8s_resource, applied once all YAML is known. None: as it was. `place` is its file:line."""

    place: str
    workload: str
    new_name: str
    port_forwards: tuple[PortForward, ...]
    trigger_mode: TriggerMode | None
    resource_deps: tuple[str, ...]
    objects: tuple[str, ...]
    auto_init: bool | None
    links: tuple[Link, ...]
    labels: tuple[str, ...]


@dataclass
class Declared:
    """What the Tiltfile has said so far, in order. `files` are those being evaluated, the Tiltfile first; `place` is
    the file:line of the latest call; `places` are those of resources, `origins` those of manifests. `arguments` are of
    the command line, for the `settings` that the Tiltfile defines; `positional` is the one that takes words."""

    config_files: list[Path]
    files: list[Path] = field(default_factory=list)
    place: str = ""
    images: dict[str, Image] = field(default_factory=dict)
    image_places: dict[str, str] = field(default_factory=dict)
    manifests: dict[Identity, Manifest] = field(default_factory=dict)
    origins: dict[Identity, str] = field(default_factory=dict)
    options: list[K8sOptions] = field(default_factory=list)
    locals: list[LocalResource] = field(default_factory=list)
    places: defaultdict[str, str] = field(default_factory=lambda: defaultdict(lambda: "Tiltfile"))
    unused_steps: list[tuple[Step, str]] = field(default_factory=list)
    max_parallel: int = 3
    arguments: tuple[str, ...] = ()
    settings: dict[str, type] = field(default_factory=dict)
    positional: str = ""
    buttons: dict[str, DeclaredButton] = field(default_factory=dict)
    commands: dict[str, DeclaredCommand] = field(default_factory=dict)

    @property
    def directory(self) -> Path:
        """What paths are relative to."""
        return self.files[-1].parent
