"""Trees of files for tests of the revision, and what counts in each of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

Make = Callable[[str], None]


def link(target: str | bytes) -> Make:
    return lambda path: os.symlink(os.fsencode(target), os.fsencode(path))


def unix_socket(path: str) -> None:
    """Bound by a short relative name: the path of a socket may have 107 bytes."""
    here = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/{os.path.basename(path)}")
    finally:
        os.close(here)


def executable(path: str) -> None:
    Path(path).write_bytes(b"x")
    os.chmod(path, 0o755)


# A file's content, or what makes something else. None is an empty folder.
Entry = bytes | Make | None
Tree = dict[str | bytes, Entry]

# Tree, what counts in it. The empty revision is that of no lines at all.
TABLE: dict[str, tuple[Tree, dict[str | bytes, bytes]]] = {
    "nothing": ({}, {}),
    "empty roots": ({"src": None, "other/deep": None}, {}),
    "an empty file": ({"src/a.py": b""}, {"src/a.py": b""}),
    "a file in the place of a root folder": ({"src": b"x"}, {"src": b"x"}),
    "a folder in the place of a root file": ({"index.html/a": b"x"}, {"index.html/a": b"x"}),
    "what is outside of the roots": ({"src/a": b"x", "b": b"x", "srcs/c": b"x"}, {"src/a": b"x"}),
    "paths are sorted by their bytes, not by folder": (
        {"src/a/z": b"1", "src/a-b": b"2", "src/a": None, "src/B": b"3", "src/é": b"4", "src/～": b"5", "src/😀": b"6"},
        {"src/B": b"3", "src/a-b": b"2", "src/a/z": b"1", "src/é": b"4", "src/～": b"5", "src/😀": b"6"},
    ),
    "odd names": (
        {
            "src/a b": b"1",
            "src/new\nline": b"2",
            "src/tab\t": b"3",
            "src/\\": b"4",
            "src/*": b"5",
            "src/\ufeffbom": b"6",
        },
        {
            "src/a b": b"1",
            "src/new\nline": b"2",
            "src/tab\t": b"3",
            "src/\\": b"4",
            "src/*": b"5",
            "src/\ufeffbom": b"6",
        },
    ),
    "the two forms of é are two names": (
        {"src/\u00e9": b"1", "src/e\u0301": b"2"},
        {"src/\u00e9": b"1", "src/e\u0301": b"2"},
    ),
    "names that are not UTF-8": (
        {b"src/\xe9": b"x", b"src/\xff/a": b"x", b"src/\xed\xa0\x80": b"x", b"src/\xc0\xaf": b"x", "src/a": b"1"},
        {"src/a": b"1"},
    ),
    "line ends and zero bytes": ({"src/a": b"\r\n\0\xff"}, {"src/a": b"\r\n\0\xff"}),
    "caches, hidden and temporary files": (
        {
            "src/a.py": b"1",
            "src/__pycache__/a.py": b"x",
            "src/node_modules/a/b.js": b"x",
            "src/.hidden": b"x",
            "src/.deep/a/b.py": b"x",
            "src/a.py~": b"x",
            "src/a~/b": b"x",
            "src/a.pyc": b"x",
            "src/a.py.bak": b"x",
            "src/a.swp": b"x",
            "src/a.py___jb_tmp___": b"x",
            "src/a.py___jb_old___": b"x",
            "src/4913": b"x",
            "src/4913.d/a": b"2",
            "src/#a.py#": b"x",
            "src/d.bak/a": b"x",
        },
        {"src/a.py": b"1", "src/4913.d/a": b"2"},
    ),
    "names that only look temporary": (
        {"src/~a": b"1", "src/bak": b"2", "src/a.bak.py": b"3", "src/#a": b"4", "src/a#": b"5", "src/14913": b"6"},
        {"src/~a": b"1", "src/bak": b"2", "src/a.bak.py": b"3", "src/#a": b"4", "src/a#": b"5", "src/14913": b"6"},
    ),
    "pipes and sockets": (
        {"src/a": b"1", "src/pipe": os.mkfifo, "src/socket": unix_socket, "index.html": os.mkfifo},
        {"src/a": b"1"},
    ),
    "an executable": ({"src/a": executable}, {"src/a": b"x"}),
    "a link's content is its target, whatever that is": (
        {"src/a": b"1", "src/b": link("a"), "src/c": link("absent"), "src/d": link("./a"), "src/e": link(b"\xff")},
        {"src/a": b"1", "src/b": b"-> a", "src/c": b"-> absent", "src/d": b"-> ./a", "src/e": b"-> \xff"},
    ),
    "a file with a link's content": ({"src/a": b"-> b"}, {"src/a": b"-> b"}),
    "links to folders are not followed": (
        {"src/ui/a": b"1", "src/widgets": link("ui"), "src/more": link("../other/"), "other/b": b"2"},
        {"src/ui/a": b"1", "src/widgets": b"-> ui", "src/more": b"-> ../other/", "other/b": b"2"},
    ),
    "links out of the service's folder": (
        {
            "src/a": b"1",
            "src/absolute": link("/etc/passwd"),
            "src/out": link("../../docs"),
            "src/out2": link("a/../../.."),
            "src/out3": link("../.."),
            "src/back": link("../../service/src/a"),
            "src/é/inside": link("../../elsewhere"),
        },
        {"src/a": b"1", "src/é/inside": b"-> ../../elsewhere"},
    ),
    "links to themselves and to folders around them": (
        {
            "src/a": b"1",
            "src/self": link("self"),
            "src/loop": link("."),
            "src/deep/é/loop": link(".."),
            "src/deep/top": link("../../src"),
            "src/service": link(".."),
            "src/deep/é/sibling": link("../é2"),
        },
        {"src/a": b"1", "src/deep/é/sibling": "-> ../é2".encode()},
    ),
    "two links to each other": (
        {"src/a": link("b"), "src/b": link("a")},
        {"src/a": b"-> b", "src/b": b"-> a"},
    ),
    "roots that are links": (
        {"src": link("real"), "real/a": b"1", "other": link("."), "index.html": link("/etc/passwd")},
        {"src": b"-> real"},
    ),
}


def make(folder: Path, tree: Tree) -> Path:
    for name, entry in tree.items():
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(path if entry is None else os.path.dirname(path), exist_ok=True)
        if callable(entry):
            entry(os.fsdecode(path))
        elif entry is not None:
            Path(os.fsdecode(path)).write_bytes(entry)
    return folder
