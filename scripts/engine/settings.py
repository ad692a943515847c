"""What ties the engine to a project: a second stack beside the first has another Settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.tiltfile.model import Image


@dataclass(frozen=True)
class Settings:
    """`namespace` is watched, and holds the Secrets that logs must not show. `lease` (namespace, name) is held by one
    loop. `manager` owns the fields that are applied. `revision` computes from the sources here what /health of an
    image's service must answer, "" for an image without one. `node_port` is where the app answers on the node."""

    root: Path
    namespace: str
    lease: tuple[str, str]
    manager: str
    node_port: int
    revision: Callable[[Image], str]
