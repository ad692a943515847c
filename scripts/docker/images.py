"""The images of a Docker engine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.docker.connection import Connection
from scripts.docker.errors import EngineError, NotFound

OnLine = Callable[[str], object]


@dataclass(frozen=True)
class StoredImage:
    """An image of the engine; `size` are the bytes that no other image shares, where the engine tells that, `created`
    in seconds of the epoch."""

    id: str
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    created: float = 0.0


class Images:
    """Requests about images; every failure is an EngineError that names the image."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def id(self, name: str) -> str:
        """The image's id; "" if the engine does not have it."""
        return str(self._inspect(name).get("Id", ""))

    def labels(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        """The labels of those of the images that the engine has."""
        found = {name: self._inspect(name) for name in names}
        return {name: image["Config"].get("Labels") or {} for name, image in found.items() if image}

    def tags(self, repository: str) -> list[str]:
        """All names of a repository's images, as NAME:TAG."""
        with self._connection.request(f"list the images of {repository}") as client:
            return [tag for image in client.images(name=repository) for tag in image.get("RepoTags") or ()]

    def all(self) -> list[StoredImage]:
        """Every image of the engine, without the parts that only builds know."""
        with self._connection.request("list all images") as client:
            return [_stored(found) for found in client.df()["Images"] or ()]

    def tagged_at(self, name: str) -> float:
        """When the image was last given a name, in seconds of the epoch."""
        when = str((self._inspect(name).get("Metadata") or {}).get("LastTagTime", ""))
        with suppress(ValueError):
            return datetime.fromisoformat(when).timestamp()
        return 0.0  # of an image that never had one

    def tag(self, image: str, name: str) -> None:
        with self._connection.request(f"tag {image} as {name}") as client:
            client.tag(image, *split(name))

    def remove(self, name: str, *, force: bool = False) -> None:
        """Remove a name, and with its last name the image. No error if it is in use, and stays, or does not exist."""
        with suppress(EngineError):
            self.remove_or_raise(name, force=force)

    def remove_or_raise(self, name: str, *, force: bool = False) -> None:
        """As `remove`, but EngineError says why it stays. No error if it does not exist."""
        with suppress(NotFound), self._connection.request(f"remove image {name}") as client:
            client.remove_image(name, force=force)

    def push(self, name: str, on_line: OnLine) -> None:
        with self._connection.request(f"push {name}") as client:
            repository, tag = split(name)
            _follow(f"push {name}", client.push(repository, tag, stream=True, decode=True), on_line)

    def in_registry(self, name: str, seconds: float) -> bool:
        """Whether a registry answers in time and has the image."""
        with suppress(EngineError), self._connection.request(f"look for {name} in its registry", seconds) as client:
            client.inspect_distribution(name)
            return True
        return False

    def pull(self, name: str, seconds: float, on_line: OnLine) -> None:
        """EngineError also if it is not complete after so many seconds."""
        with self._connection.request(f"pull {name}") as client:
            repository, tag = split(name)
            progress = client.pull(repository, tag, stream=True, decode=True)
            _follow(f"pull {name}", progress, on_line, time.monotonic() + seconds)

    def load_root_filesystem(self, archive: Path, name: str, changes: Sequence[str] = ()) -> None:
        """Make an image of one layer from a tar file (`docker import`); `changes` are Dockerfile instructions."""
        with self._connection.request(f"import {name}") as client:
            said = client.import_image_from_file(str(archive), *split(name), changes=list(changes))
        _follow(f"import {name}", map(json.loads, said.splitlines()), lambda line: None)

    def save(self, name: str, archive: Path) -> None:
        with self._connection.request(f"save {name}") as client, archive.open("wb") as file:
            for chunk in client.get_image(name):
                file.write(chunk)

    def _inspect(self, name: str) -> Mapping[str, Any]:
        """What the engine knows of the image; empty if it does not have it."""
        with suppress(NotFound), self._connection.request(f"inspect image {name}") as client:
            found: Mapping[str, Any] = client.inspect_image(name)
            return found
        return {}


def _stored(found: Mapping[str, Any]) -> StoredImage:
    """An image as the engine's own account of its disk lists it."""
    tags = tuple(tag for tag in found.get("RepoTags") or () if tag != "<none>:<none>")
    shared = max(0, found.get("SharedSize") or 0)
    return StoredImage(
        found["Id"], tags, found.get("Labels") or {}, found.get("Size", 0) - shared, found.get("Created", 0)
    )


def split(name: str) -> tuple[str, str]:
    """Repository and tag; a colon before the last slash belongs to a registry's port."""
    repository, _, tag = name.rpartition(":")
    return (repository, tag) if repository and "/" not in tag else (name, "latest")


def _follow(doing: str, messages: Iterable[Mapping[str, Any]], on_line: OnLine, deadline: float = float("inf")) -> None:
    """Hand over the progress. The engine reports a failure in the stream, with status 200 before it."""
    error = ""
    for message in messages:
        error = error or message.get("error", "")
        if time.monotonic() > deadline:
            raise EngineError(f"Docker could not {doing} in time", "check the network")
        on_line(" ".join(str(message[key]) for key in ("id", "status", "progress") if message.get(key)))
    if error:
        raise EngineError(f"Docker could not {doing}: {error}")
