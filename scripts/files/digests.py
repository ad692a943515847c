"""The files of a build context by their digests: what changed, without trusting events or times.

Regular files and symbolic links count. Pipes, sockets and devices do not exist here, and links are not followed: what
is below a linked folder does not exist either. Only the context itself may be a link, which Docker follows as well.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import math
import os
import stat
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from scripts.core.sources import hash_regular, is_utf8, link_leaves, link_loops
from scripts.files.ignore import Ignore

CLOCK_SECONDS = 0.05  # a file system takes the time from the last tick of the kernel's clock


def file_digest(content: bytes, mode: int) -> str:
    """Of a regular file: a hash of its content, and its permissions."""
    return _file_digest(hashlib.sha256(content).hexdigest(), mode)


def link_digest(target: str) -> str:
    """Of a symbolic link, which is sent as a link."""
    return f"-> {target}"


def content_hash(digest: str) -> str:
    """The hex sha256 of what is there, by its digest: of a file's content, or of `-> ` and a link's target."""
    return hashlib.sha256(os.fsencode(digest)).hexdigest() if digest.startswith("-> ") else digest.partition(" ")[0]


def digest(path: Path) -> str | None:
    """None without a regular file or link of exactly this name that can be read. Never waits, never raises."""
    try:
        mode = path.lstat().st_mode
        if not (stat.S_ISLNK(mode) or stat.S_ISREG(mode)) or not _is_spelled(path):
            return None
        return link_digest(os.readlink(path)) if stat.S_ISLNK(mode) else _file_digest(*hash_regular(path))
    except OSError:
        return None


def problem(path: Path, context: Path) -> str:
    """Why a file cannot be sent, or a folder not be listed, and what to do; "" when it can, or there is none."""
    relative = str(path.relative_to(context))
    name = _printable(f"{context.name}/{relative}")
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            target = os.readlink(path)
            if link_loops(relative, target) or _is_endless(path):
                return f"the link {name} -> {_printable(target)} leads back to itself; remove it or change its target"
            if link_leaves(relative, target):
                return f"the link {name} -> {_printable(target)} leaves the build context; remove it or copy the file"
        elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
        else:
            return ""
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"cannot read {name}: {error.strerror}; remove it or make it readable"
    return "" if is_utf8(relative) else f"the name {name} is not UTF-8; remove it or rename it"


def examine(paths: Iterable[Path], context: Path) -> tuple[dict[Path, str], dict[Path, str]]:
    """The digests of those paths that can be sent, and a sentence for each that cannot."""
    files: dict[Path, str] = {}
    problems: dict[Path, str] = {}
    folders = {context: True, context.parent: True}

    def is_folder(folder: Path) -> bool:
        """Reached from the context through no link."""
        if folder not in folders:
            folders[folder] = is_folder(folder.parent) and _is_folder(folder) and _is_spelled(folder)
        return folders[folder]

    for path in (path for path in paths if is_folder(path.parent)):
        if sentence := problem(path, context):
            problems[path] = sentence
        elif found := digest(path):
            files[path] = found
    return files, problems


def files_below(path: Path, ignore: Ignore) -> Iterator[Path]:
    """The files at or below `path` that matter, and the folders that cannot be listed. Only `path` itself is followed
    if it is a link to a folder."""
    if not os.path.isdir(path):
        if os.path.lexists(path) and not ignore.ignores(path):
            yield path
        return
    folders = [] if ignore.prunes(path) else [path]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            yield folder
            continue
        for entry in entries:
            child = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                if not ignore.prunes(child):
                    folders.append(child)
            elif not ignore.ignores(child):
                yield child


def change_times(folder: Path, ignore: Ignore) -> dict[Path, int]:
    """When each file and link below changed last (ctime, in ns), which no tool can set: one that was changed and put
    back has another time than before."""
    times: dict[Path, int] = {}
    for path in files_below(folder, ignore):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                times[path] = status.st_ctime_ns
    return times


def expand(paths: Iterable[Path], known: Collection[Path], ignore: Ignore) -> set[Path]:
    """The files that events at `paths` are about, those that are gone included: an event may name a folder.

    Goes through `known` at most once, however many paths there are.
    """
    found: set[Path] = set()
    walked: set[Path] = set()
    names: list[str] | None = None
    for path in sorted(set(paths), key=str):  # a folder comes before what is in it
        if walked and not walked.isdisjoint(path.parents):
            continue
        if _is_folder(path):
            walked.add(path)
            found.update(files_below(path, ignore))
        elif not ignore.ignores(path):
            found.add(path)
        if path in known:
            found.add(path)
            continue
        if names is None:
            names = sorted(map(str, known))
        first, last = (bisect_left(names, f"{path}{end}") for end in ("/", "0"))  # 0 is what follows / in ASCII
        found.update(map(Path, names[first:last]))
    return found


def changed_since(paths: Iterable[Path], moment: float) -> set[Path]:
    """Those files, and folders with anything below them, that may have changed after `moment` (`time.time()`).

    For configuration that was read before it was watched. Goes by the change time (ctime), which no tool can set; a
    missing file counts as removed if anything in its folder changed.
    """
    return {path for path in paths if _latest_change(path) >= moment - CLOCK_SECONDS}


def _file_digest(content: str, mode: int) -> str:
    return f"{content} {mode & 0o777:o}"


def _latest_change(path: Path) -> float:
    if not os.path.lexists(path):
        return path.parent.stat().st_mtime if path.parent.is_dir() else -math.inf
    below = [Path(folder, name) for folder, _, files in os.walk(path) for name in (".", *files)]
    try:
        return max(each.lstat().st_ctime for each in (path, *below))
    except OSError:
        return math.inf  # one has just gone


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _is_spelled(path: Path) -> bool:
    """False where a file system that ignores case has it under another name."""
    other = path.name.swapcase()
    return other == path.name or not os.path.lexists(path.parent / other) or path.name in os.listdir(path.parent)


def _is_endless(link: Path) -> bool:
    try:
        link.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _printable(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")
