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
from collections.abc import Iterable
from pathlib import Path

from scripts.core.sources import is_source_name, link_leaves, link_loops, read_regular


def counts(relative: Path) -> bool:
    """Whether a path, by its name, is one of a source."""
    return all(map(is_source_name, relative.parts))


def revision(folder: Path, roots: Iterable[str]) -> str:
    """Of the files and folders `roots` in a service's folder; those that do not exist are left out."""
    found: dict[bytes, str] = {}
    for root in roots:
        _collect(folder, Path(root), found)
    lines = (name + b"\0" + found[name].encode() + b"\n" for name in sorted(found))
    return hashlib.sha256(b"".join(lines)).hexdigest()[:12]


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
            found[os.fsencode(relative)] = hashlib.sha256(read_regular(path)[0]).hexdigest()
    except OSError:
        return  # it vanished: its event follows
