"""Checks the arguments of built-ins, and holds what the built-ins collect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from scripts.engine.model import Image, LocalResource, PortForward
from scripts.engine.tiltfile.starlark import TiltfileError

T = TypeVar("T")


@dataclass(frozen=True)
class FallBackOn:
    paths: tuple[Path, ...]


@dataclass
class K8sOptions:
    """One call of k8s_resource, to be applied once all YAML is known."""

    workload: str
    new_name: str
    objects: tuple[str, ...]
    settings: dict[str, Any]


@dataclass
class Declared:
    """What the built-ins have collected so far, in order."""

    directory: Path
    images: dict[str, Image] = field(default_factory=dict)
    manifests: list[Mapping[str, Any]] = field(default_factory=list)
    options: list[K8sOptions] = field(default_factory=list)
    locals: list[LocalResource] = field(default_factory=list)
    config_files: list[Path] = field(default_factory=list)
    unused_steps: list[object] = field(default_factory=list)
    max_parallel: int = 3


def each(what: str, value: object, kind: type[T]) -> tuple[T, ...]:
    """One value or a list of them, all of one type."""
    values = [] if value is None else value if isinstance(value, list | tuple) else [value]
    return tuple(one(what, item, kind) for item in values)


def one(what: str, value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TiltfileError(f"{what} must be {kind.__name__}, not {type(value).__name__}")
    return value


def command_line(what: str, command: object) -> tuple[str, ...]:
    if isinstance(command, str):
        return ("sh", "-c", command)
    return each(what, command, str)


def port_forward(item: object) -> PortForward:
    """8000 or "8000" or "8000:8080" (local:container)."""
    parts = str(item).split(":")
    if not 1 <= len(parts) <= 2 or not all(part.isdigit() for part in parts):
        raise TiltfileError(f"port_forwards: {item!r} is not PORT or LOCAL:CONTAINER")
    return PortForward(int(parts[0]), int(parts[-1]))
