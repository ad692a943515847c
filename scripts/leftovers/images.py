"""Images of this project in Docker that later ones have replaced."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial

from scripts.cluster.embedded import node_image
from scripts.docker.debian import RECIPE
from scripts.docker.engine import Engine
from scripts.docker.images import StoredImage, split
from scripts.leftovers.leftover import Leftover
from scripts.services import SERVICES

KIND = "images in Docker"
TITLE = "org.opencontainers.image.title"
NODE = ("todo-node", "todo-node-base")
# Tags that are made from an image's content: tilt-…, VERSION-…, and …
BY_CONTENT = re.compile(r"(?:tilt-[0-9a-f]{16}|(?:[\w.-]+-)?[0-9a-f]{12})")


def find(engine: Engine, running: Collection[str], before: float) -> list[Leftover]:
    """Those that no container and none of the `running` names uses, and that were tagged `before` (seconds of the
    epoch)."""
    used = engine.containers.image_ids()
    current = {node_image.tag(), node_image.base_tag()}
    found = [
        image for image in engine.images.all()
        if image.id not in used and _is_ours(image) and _is_old(image.tags, {*current, *running})
        and max(image.created, engine.images.tagged_at(image.id)) < before
    ]  # fmt: skip
    return [Leftover(KIND, _shown(image), image.size, partial(_remove, engine, image)) for image in found]


def _shown(image: StoredImage) -> str:
    first, *others = image.tags or (f"{image.labels.get(TITLE, 'an image')} without a name, {image.id[7:19]}",)
    return f"{first} and {len(others)} more names" if others else first


def _remove(engine: Engine, image: StoredImage) -> None:
    """Name by name, the last of which takes the layers along; EngineError if a container uses the image by now."""
    for name in image.tags or (image.id,):
        engine.images.remove_or_raise(name)


def _is_ours(image: StoredImage) -> bool:
    """By its labels; the node's images, which have none, by their names."""
    title = image.labels.get(TITLE, "").partition(" ")[0]
    if title in {service.image for service in SERVICES} or RECIPE in image.labels:
        return True
    return bool(image.tags) and all(split(tag)[0] in NODE for tag in image.tags)


def _is_old(tags: Collection[str], current: Collection[str]) -> bool:
    """Nothing but tags of content, none of them in use: names that a person gave stay."""
    in_use = {_without_registry(name) for name in current}
    return all(_without_registry(tag) not in in_use and BY_CONTENT.fullmatch(split(tag)[1]) for tag in tags)


def _without_registry(name: str) -> str:
    """Pods name an image by the registry as the cluster reaches it, or by none; Docker's name has the address that it
    was pushed to, and `library/` where that stands for no folder."""
    registry, _, rest = name.partition("/")
    return (rest if rest and re.search(r"[.:]|^localhost$", registry) else name).removeprefix("library/")
