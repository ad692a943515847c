"""Programs, environments and packages that `./dev clean` removes from the cache, and those that it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.cluster.embedded import node_binaries
from scripts.core.errors import UserError
from scripts.core.lock import exclusive
from scripts.leftovers import cache

LATER = time.time() + 24 * 3600  # after all these tests, however long they wait for their turn
DEADLINE_SECONDS = 20


def make(folder: Path, *files: str) -> Path:
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_text("x" * 5_000)
    return folder


@contextmanager
def running(argv: Sequence[str], folder: Path) -> Iterator[None]:
    """A program that prints a line and then waits for one. Before the first the kernel may not tell its arguments."""
    with subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"\n"
        yield
        process.communicate(b"\n")


def test_programs_and_environments_of_other_versions_go_once_nothing_uses_them(home: Path) -> None:
    old_programs, old_venv = make(home / "bin" / "old", "todo-node"), make(home / "venv" / "py3-1-1", "pyvenv.cfg")
    make(node_binaries.folder(), "todo-node")
    used = make(home / "venv" / "py3-2-2", "pyvenv.cfg")
    with running([sys.executable, "-c", "print(flush=True); input()", f"{used}/bin/python"], home):
        found = cache.find(LATER)
    assert [each.name for each in found] == [str(old_programs), str(old_venv)]
    assert all(each.size is not None and each.size >= 5_000 for each in found)
    for each in found:
        each.remove()
    assert [path for path in (home / "venv").iterdir() if path.is_dir()] == [used]
    assert node_binaries.folder().is_dir()


def test_an_environment_stays_that_another_checkout_uses_by_its_link(home: Path) -> None:
    used, checkout = make(home / "venv" / "py3-2-2", "pyvenv.cfg"), make(home / "checkout")
    make(used / "bin")
    (used / "bin" / "python").symlink_to("/bin/sh")
    (checkout / ".venv").symlink_to(used)
    with running([".venv/bin/python", "-c", "echo; read line"], checkout):
        found = cache.find(LATER)
    assert found == []


@pytest.mark.parametrize("end", [KeyboardInterrupt(), PermissionError("not permitted")])
def test_a_removal_that_ends_half_way_leaves_nothing_under_the_name_of_what_is_whole(
    home: Path, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    programs = make(home / "bin" / "old", "pause", "todo-node", "x")
    environment = make(home / "venv" / "py3-1-1", ".made-from", "pyvenv.cfg", "x")
    unlink, left = os.unlink, 0

    def unlink_two(*args: Any, **kwargs: Any) -> None:
        nonlocal left
        if not left:
            raise end
        left -= 1
        unlink(*args, **kwargs)

    found = cache.find(LATER)
    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", unlink_two)
        for each in found:
            left = 2
            with pytest.raises(type(end)):
                each.remove()
    assert not programs.exists() and not environment.exists()
    rest = cache.find(0)  # however lately it was touched
    assert [each.name for each in rest] == [f"{programs}.removing", f"{environment}.removing"]
    for each in rest:
        each.remove()
    assert cache.find(LATER) == []


def test_what_is_made_again_is_removed_although_the_rest_of_a_removal_is_beside_it(home: Path) -> None:
    make(home / "bin" / "old.removing", "pause")
    make(home / "bin" / "old", "todo-node")
    for each in cache.find(LATER):
        each.remove()
    assert cache.find(LATER) == []
    assert not (home / "bin" / "old").exists()


def test_what_is_in_use_again_when_its_turn_comes_stays(home: Path) -> None:
    environment = make(home / "venv" / "py3-1-1", "pyvenv.cfg")
    [found] = cache.find(LATER)
    with (
        running([sys.executable, "-c", "print(flush=True); input()", f"{environment}/bin/python"], home),
        pytest.raises(UserError, match="used again"),
    ):
        found.remove()
    assert (environment / "pyvenv.cfg").exists()


@pytest.mark.parametrize(
    ("name", "lock"),
    [
        ("bin/old", "bin/.lock"),
        ("bin/old.removing", "bin/.lock"),
        ("venv/py3", "venv/py3.lock"),
        ("venv/py3.removing", "venv/py3.lock"),
    ],
)
def test_a_removal_waits_for_a_process_that_makes_the_same(
    home: Path, name: str, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(home / name, "todo-node", "pyvenv.cfg")
    [found] = cache.find(LATER)
    said: Queue[str] = Queue()
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=said.put))
    with ThreadPoolExecutor() as pool:
        with exclusive(home / lock, lambda: None):
            removal = pool.submit(found.remove)
            assert "waiting for it" in said.get(timeout=DEADLINE_SECONDS)
            assert folder.exists()
        removal.result()
    assert not folder.exists()


def test_a_package_goes_with_the_last_environment_that_has_it(home: Path) -> None:
    archive = home / "uv" / "cache" / "archive-v0"
    ours, shared = make(archive / "ours", "a.py", "RECORD"), make(archive / "shared", "b.py", "RECORD")
    old = make(home / "venv" / "py3-1-1", "pyvenv.cfg")
    used = make(home / "venv" / "py3-2-2", "pyvenv.cfg")
    for package, file, venv in ((ours, "a.py", old), (shared, "b.py", old), (shared, "b.py", used)):
        (venv / file).hardlink_to(package / file)
    with running([sys.executable, "-c", "print(flush=True); input()", f"{used}/bin/python"], home):
        environment, packages = cache.find(LATER)
    assert (environment.name, packages.name) == (str(old), f"1 packages in {archive}")
    assert packages.size is not None and packages.size >= 10_000
    packages.remove()
    assert sorted(archive.iterdir()) == [ours, shared]  # as the environment is still there
    environment.remove()
    packages.remove()
    assert list(archive.iterdir()) == [shared]


def test_a_package_stays_that_was_unpacked_lately(home: Path) -> None:
    folder = make(home / "uv" / "cache" / "archive-v0" / "a", "a.py")
    os.utime(folder, (1_000, 1_000))
    assert cache.find(999) == []
    assert [each.name for each in cache.find(1_001)] == [f"1 packages in {folder.parent}"]


def test_what_was_read_lately_stays(home: Path) -> None:
    config = make(home / "venv" / "py3-1-1", "pyvenv.cfg") / "pyvenv.cfg"
    os.utime(config.parent, (1, 1))
    os.utime(config, (1_000_000, 1))
    assert cache.find(999_999) == []
    assert cache.find(1_000_001) or os.statvfs(config).f_flag & os.ST_NOATIME
