"""What an image is made of: its configuration and the files of its layers, read from an archive of it."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scripts.docker.engine import Engine


@dataclass(frozen=True, order=True)
class Entry:
    """What a layer has at a path: a file, folder or link, or the mark that a lower layer's is removed (`whiteout`).

    `content` is the SHA-256 of a file, or where a link leads; `size` is in bytes.
    """

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    content: str
    size: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Image:
    """An image that Docker has saved to `archive`; `files` leaves out the first `below` of its layers."""

    archive: Path
    below: int = 0

    def config(self) -> dict[str, Any]:
        """The image's configuration file, with its history."""
        with tarfile.open(self.archive) as outer:
            found: dict[str, Any] = json.load(_open(outer, _manifest(outer)["Config"]))
        return found

    def files(self) -> Iterator[tuple[Entry, bytes]]:
        """Everything in the layers, also what a later layer deletes or replaces, with its bytes."""
        with tarfile.open(self.archive) as outer:
            for name in _manifest(outer)["Layers"][self.below :]:
                with tarfile.open(fileobj=_open(outer, name)) as layer:
                    for member in layer:
                        data = _open(layer, member.name, member).read() if member.isfile() else b""
                        content = hashlib.sha256(data).hexdigest() if member.isfile() else member.linkname
                        owner = (member.uid, member.gid)
                        yield Entry(member.name, _kind(member), member.mode & 0o7777, *owner, content, len(data)), data

    def entries(self) -> list[Entry]:
        return sorted(entry for entry, _ in self.files())


def save(engine: Engine, image: str, archive: Path) -> Image:
    """Save an image to a file."""
    engine.images.save(image, archive)
    return Image(archive)


def _kind(member: tarfile.TarInfo) -> str:
    if member.name.rpartition("/")[2].startswith(".wh."):
        return "whiteout"
    return "folder" if member.isdir() else "file" if member.isfile() else "link"


def _manifest(outer: tarfile.TarFile) -> dict[str, Any]:
    (found,) = json.load(_open(outer, "manifest.json"))
    return dict(found)


def _open(archive: tarfile.TarFile, name: str, member: tarfile.TarInfo | None = None) -> IO[bytes]:
    file = archive.extractfile(member or name)
    assert file is not None, name
    return file
