"""The revision of the running source: equal revisions mean equal code, on a laptop and in the cluster.

scripts and the other services implement the same rule; one table of trees tests all of them.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

SERVICE_DIR = Path(__file__).resolve().parent.parent
SOURCE_ROOTS = ("todo_mcp",)

NOT_SOURCES = {b"__pycache__", b"node_modules", b"4913"}
TEMPORARY = (b"~", b".pyc", b".bak", b".swp", b"___jb_tmp___", b"___jb_old___")


def current(service_dir: Path = SERVICE_DIR) -> str:
    """The revision recorded in REVISION by the image build, otherwise that of the source tree."""
    recorded = service_dir / "REVISION"
    if recorded.is_file():
        return recorded.read_text(encoding="ascii").strip()
    return of_source(service_dir)


def of_source(service_dir: Path, roots: Iterable[str] = SOURCE_ROOTS) -> str:
    """12 hex digits of sha256 over `path NUL sha256(content) LF`, paths sorted bytewise.

    Symbolic links are never followed: a link's content is `-> ` and its target. Files that vanish while they
    are read are left out.
    """
    found = {name: digest for root in roots for name, digest in _digests(service_dir, root.encode())}
    lines = (name + b"\0" + found[name].encode() + b"\n" for name in sorted(found))
    return hashlib.sha256(b"".join(lines)).hexdigest()[:12]


def _digests(service_dir: Path, name: bytes) -> Iterator[tuple[bytes, str]]:
    """Path and content digest of each source at or below a path, relative to the service's folder."""
    if _is_skipped(os.path.basename(name)):
        return
    path = os.path.join(os.fsencode(service_dir), name)
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            for child in os.listdir(path):
                yield from _digests(service_dir, name + b"/" + child)
        elif stat.S_ISREG(mode):
            with open(path, "rb", opener=_open_regular) as file:
                yield name, _sha256(file.read())
        elif stat.S_ISLNK(mode) and not _is_bad(name, target := os.readlink(path)):
            yield name, _sha256(b"-> " + target)
    except OSError:
        return  # deleted or replaced while it was read, or unreadable


def _open_regular(path: str | bytes, flags: int) -> int:
    """Follows no link and waits for no pipe that has just taken the file's place."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_skipped(component: bytes) -> bool:
    try:
        component.decode()
    except UnicodeDecodeError:
        return True
    return (
        component in NOT_SOURCES
        or component.startswith(b".")
        or component.endswith(TEMPORARY)
        or (component.startswith(b"#") and component.endswith(b"#"))
    )


def _is_bad(link: bytes, target: bytes) -> bool:
    """Whether a link leads out of the service's folder, or to itself or a folder around it."""
    leads_to = os.path.normpath(os.path.join(os.path.dirname(link), target))
    return (
        target.startswith(b"/")
        or leads_to in (b".", b"..")
        or leads_to.startswith(b"../")
        or (link + b"/").startswith(leads_to + b"/")
    )


if __name__ == "__main__":
    print(of_source(SERVICE_DIR))
