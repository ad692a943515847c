"""The revision of a service: a hash of its sources. The services compute the same in their own languages.

It is 12 hex digits of sha256 over `path NUL sha256(content) LF`; paths are raw bytes, relative to the service's folder,
and sorted bytewise. Counted are regular files and symbolic links. A link is never followed, also where it leads to a
folder or is a root itself: its content is the bytes `-> ` and its target as stored.

Not counted are

- pipes, sockets and devices;
- any path with a component that is `__pycache__`, `node_modules` or `4913`, begins with `.`, ends with `~`, `.pyc`,
  `.bak`, `.swp`, `___jb_tmp___` or `___jb_old___`, begins and ends with `#`, or is not valid UTF-8;
- links with a bad target, by its text alone: it is absolute, or normpath(dirname(path)/target) leaves the service's
  folder, or it is the link itself or a folder that the link is in (a loop; `.` is such a folder);
- what cannot be read, or vanishes while it is read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.core.sources import hash_regular, is_source_name, link_leaves, link_loops
from scripts.files.digests import content_hash

STRIDE = 500


def counts(relative: Path) -> bool:
    """Whether a path, by its name, is one of a source."""
    return all(map(is_source_name, relative.parts))


def revision(folder: Path, roots: Iterable[str]) -> str:
    """Of the files and folders `roots` in a service's folder; those that do not exist are left out."""
    found: dict[bytes, str] = {}
    for root in roots:
        _collect(folder, Path(root), found)
    return hashlib.sha256(_lines(found, sorted(found))).hexdigest()[:12]


class KnownSources:
    """The revision of files whose digests are known already: nothing is read. With thousands of files a change costs as
    much as with hundreds: the hash goes on from the last state that is kept before it."""

    def __init__(self, folder: Path, roots: Iterable[str]) -> None:
        self._folder, self._roots = folder, [Path(root) for root in roots]
        self._hashes: dict[bytes, str] = {}
        self._names: list[bytes] = []  # sorted; empty: to be made
        self._states = [hashlib.sha256()]  # before each STRIDE of names, as far as they still hold

    def replace(self, files: Mapping[Path, str]) -> None:
        """These, by their `scripts.files.digests`, and no others."""
        self._hashes.clear()
        self._names.clear()
        for path, digest in files.items():
            self.put(path, digest)

    def put(self, path: Path, digest: str | None) -> None:
        """A file, a link, or None for one that is gone. It must be one that can be sent."""
        if not path.is_relative_to(self._folder):
            return
        relative = path.relative_to(self._folder)
        if counts(relative) and any(root == relative or root in relative.parents for root in self._roots):
            name = os.fsencode(relative)
            if digest is None or name not in self._hashes:
                self._names.clear()
            else:
                del self._states[1 + bisect_left(self._names, name) // STRIDE :]
            if digest is None:
                self._hashes.pop(name, None)
            else:
                self._hashes[name] = content_hash(digest)

    @property
    def revision(self) -> str:
        if not self._names:
            self._names, self._states = sorted(self._hashes), [hashlib.sha256()]
        for start in range((len(self._states) - 1) * STRIDE, len(self._names), STRIDE):
            state = self._states[-1].copy()
            state.update(_lines(self._hashes, self._names[start : start + STRIDE]))
            self._states.append(state)
        return self._states[-1].hexdigest()[:12]


def _lines(hashes: Mapping[bytes, str], names: Iterable[bytes]) -> bytes:
    return b"".join(name + b"\0" + hashes[name].encode() + b"\n" for name in names)


def _collect(folder: Path, relative: Path, found: dict[bytes, str]) -> None:
    """Add the hashes of the sources at or below `relative` to `found`."""
    if not counts(relative):
        return
    path = folder / relative
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            for name in os.listdir(path):
                _collect(folder, relative / name, found)
        elif stat.S_ISLNK(mode):
            target = os.readlink(path)
            if not link_leaves(str(relative), target) and not link_loops(str(relative), target):
                found[os.fsencode(relative)] = hashlib.sha256(b"-> " + os.fsencode(target)).hexdigest()
        elif stat.S_ISREG(mode):
            found[os.fsencode(relative)] = hash_regular(path)[0]
    except OSError:
        return  # it vanished: its event follows
