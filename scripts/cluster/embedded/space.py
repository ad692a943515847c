"""The disk that is needed for what the embedded cluster and its images still lack; nothing once they are made."""

from __future__ import annotations

from pathlib import Path

from scripts.cluster.embedded import node_binaries, node_image
from scripts.core import disk
from scripts.core.disk import Need
from scripts.core.paths import cache_dir
from scripts.docker.engine import Engine

COMPILE_GB = 10
IMAGES_GB = 5
DOCKER_FOLDER = Path("/var/lib/docker")


def needs(engine: Engine | None) -> list[Need]:
    """Without an engine that answers there are no images yet."""
    compiled = node_binaries.folder().is_dir()
    built = engine is not None and bool(engine.images.id(node_image.tag()))
    found = []
    if not compiled and not built:
        move = "move the cache with TODO_CACHE_DIR"
        found.append(Need(cache_dir(), COMPILE_GB, "the cache, to compile Kubernetes", move))
    if not built:
        folder = engine.facts.data_root if engine else DOCKER_FOLDER
        found.append(Need(folder, IMAGES_GB, "Docker, for the images"))
    return found


def check(engine: Engine | None) -> None:
    """Raise UserError if the disk would fill up half-way."""
    disk.check(needs(engine))
