"""Which files are sources: names, links, and reading without waiting."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.core.sources import hash_regular, is_source_name, link_leaves, link_loops, read_regular
from scripts.revision import revision


@pytest.mark.parametrize(
    ("path", "target", "leaves", "loops"),
    [
        ("src/talk", "chat", False, False),
        ("src/talk", "../public", False, False),
        ("src/talk", "gone", False, False),
        ("public/x.png", "../../docs/todo.png", True, False),
        ("public/x.png", "..", False, True),
        ("public/x.png", "../..", True, False),
        ("public/x.png", "/etc/passwd", True, False),
        ("public/x.png", "a/../../../y", True, False),
        ("public/x.png", "..x/y", False, False),
        ("src/loop", ".", False, True),
        ("src/loop", "loop", False, True),
        ("src/loop", "../src/loop", False, True),
        ("src/loop", "loop/deeper", False, False),
        ("src/a/loop", "../../src", False, True),
        ("src/a/loop", "../ab", False, False),
        ("src/ab", "a", False, False),
        ("src", ".", False, True),
        ("src", "../x", True, False),
        ("src", "lib", False, False),
    ],
)
def test_a_link_is_judged_by_its_text(path: str, target: str, leaves: bool, loops: bool) -> None:
    assert (link_leaves(path, target), link_loops(path, target)) == (leaves, loops)


@pytest.mark.parametrize("name", [b"\xff.py", b"caf\xe9", b"\xed\xa0\x80"])
def test_a_name_that_is_not_utf8_is_none_of_a_source(name: bytes) -> None:
    assert not is_source_name(os.fsdecode(name))
    assert is_source_name("café\n.py")


def test_a_pipe_without_a_writer_a_socket_a_folder_and_a_link_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "file").write_text("x")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name in ("pipe", "socket", "folder", "link", "missing"):
            with pytest.raises(OSError):
                read_regular(tmp_path / name)
            with pytest.raises(OSError):
                hash_regular(tmp_path / name)
    assert read_regular(tmp_path / "file")[0] == b"x"
    assert hash_regular(tmp_path / "file")[0] == hashlib.sha256(b"x").hexdigest()


@pytest.fixture
def listing_then_deletion(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Folders named `doomed` are deleted right after they were listed."""
    listdir = os.listdir

    def list_and_delete(path: Any) -> list[str]:
        names = listdir(path)
        if Path(path).name == "doomed":
            shutil.rmtree(path)
        return names

    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", list_and_delete)
        yield


def test_a_folder_deleted_while_its_revision_is_computed_is_left_out(
    tmp_path: Path, listing_then_deletion: None
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/a.py").write_text("x")
    before = revision(tmp_path, ["app"])
    (tmp_path / "app/doomed/deep").mkdir(parents=True)
    (tmp_path / "app/doomed/b.py").write_text("x")
    assert revision(tmp_path, ["app"]) == before


def test_a_linked_folder_counts_by_its_target_and_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "app/ui").mkdir(parents=True)
    (tmp_path / "app/widgets").symlink_to("ui")
    linked = revision(tmp_path, ["app"])
    (tmp_path / "app/widgets").unlink()
    (tmp_path / "app/widgets").symlink_to("other")
    assert revision(tmp_path, ["app"]) != linked
    (tmp_path / "app/widgets").unlink()
    (tmp_path / "app/widgets").write_text("-> ui")
    assert revision(tmp_path, ["app"]) == linked
