"""Programs, environments and packages that `./dev clean` removes from the cache, and those that it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.cluster.embedded import node_binaries
from scripts.leftovers import cache

LATER = time.time() + 24 * 3600  # after all these tests, however long they wait for their turn


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
    assert sorted(path.name for path in (home / "venv").iterdir()) == ["py3-2-2"]
    assert node_binaries.folder().is_dir()


def test_an_environment_stays_that_another_checkout_uses_by_its_link(home: Path) -> None:
    used, checkout = make(home / "venv" / "py3-2-2", "pyvenv.cfg"), make(home / "checkout")
    make(used / "bin")
    (used / "bin" / "python").symlink_to("/bin/sh")
    (checkout / ".venv").symlink_to(used)
    with running([".venv/bin/python", "-c", "echo; read line"], checkout):
        found = cache.find(LATER)
    assert found == []


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
