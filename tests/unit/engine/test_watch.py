"""The watcher on a real file system. Batches are waited for, never slept for."""

from __future__ import annotations

import errno
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.engine.files.watch import Tree, Watcher

DEADLINE_SECONDS = 20


class Heard:
    def __init__(self, root: Path) -> None:
        self.batches: queue.Queue[frozenset[Path]] = queue.Queue()
        self.overflows: queue.Queue[bool] = queue.Queue()
        self.errors: list[Exception] = []
        self.mistakes: list[Exception] = []
        lock = root / ".git/index.lock"
        self.watcher = Watcher(self.batch, lambda: self.overflows.put(True), self.errors.append, lock)

    def batch(self, paths: frozenset[Path], at: float) -> None:
        self.batches.put(paths)
        if self.mistakes:
            raise self.mistakes.pop()

    def until(self, *wanted: Path) -> set[Path]:
        """All paths heard of until the wanted ones were among them."""
        seen: set[Path] = set()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not set(wanted) <= seen:
            seen |= self.batches.get(timeout=max(0.1, deadline - time.monotonic()))
        return seen


def tree(root: Path) -> Tree:
    return root, lambda folder: folder.name == "node_modules"


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    for folder in ("flat", "tree/src/deep", "tree/node_modules/x"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tree/src/a.py").write_text("1")
    made = Heard(tmp_path)
    made.watcher.start([tree(tmp_path / "tree")], [tmp_path, tmp_path / "flat"])
    yield made
    made.watcher.stop()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return tmp_path / "tree"


def test_saves_deep_and_at_the_top_are_heard(heard: Heard, top: Path) -> None:
    (top / "src/deep/b.py").write_text("1")
    (top / "top.txt").write_text("1")
    heard.until(top / "src/deep/b.py", top / "top.txt")


def test_a_save_by_renaming_over_is_heard(heard: Heard, top: Path) -> None:
    (top / "src/.a.tmp").write_text("2")
    (top / "src/.a.tmp").rename(top / "src/a.py")
    heard.until(top / "src/a.py")


def test_a_deletion_and_a_rename_are_heard_by_both_names(heard: Heard, top: Path) -> None:
    (top / "src/a.py").rename(top / "src/deep/c.py")
    heard.until(top / "src/a.py", top / "src/deep/c.py")
    (top / "src/deep/c.py").unlink()
    heard.until(top / "src/deep/c.py")


def test_a_new_folder_at_the_top_is_watched_and_a_pruned_one_is_not(heard: Heard, top: Path) -> None:
    (top / "fresh").mkdir()
    heard.until(top / "fresh")
    (top / "node_modules/x/y.js").write_text("1")
    (top / "fresh/z.py").write_text("1")
    assert top / "node_modules/x/y.js" not in heard.until(top / "fresh/z.py")


def test_a_new_folder_beside_the_trees_is_told_and_what_comes_into_it_is_not(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    heard.until(tmp_path / "cache")
    (tmp_path / "cache/x").write_text("1")
    (tmp_path / "flat/sub").mkdir()
    heard.until(tmp_path / "flat/sub")
    (tmp_path / "flat/sub/x").write_text("1")
    (tmp_path / "last").write_text("1")
    assert not {tmp_path / "cache/x", tmp_path / "flat/sub/x"} & heard.until(tmp_path / "last")


@pytest.mark.parametrize("folder", ["tree", "tree/src", "flat"])
def test_a_folder_that_was_deleted_and_made_again_is_watched_again(heard: Heard, tmp_path: Path, folder: str) -> None:
    inner = "src/deep" if folder == "tree" else ""
    for text in ("1", "2"):
        shutil.rmtree(tmp_path / folder)
        heard.until(tmp_path / folder)
        (tmp_path / folder / inner).mkdir(parents=True)
        heard.until(tmp_path / folder)
        (tmp_path / folder / inner / "b.py").write_text(text)
        heard.until(tmp_path / folder / inner / "b.py")


@pytest.mark.parametrize("folder", ["tree", "tree/src"])
def test_a_folder_that_was_moved_away_and_made_again_is_watched_again(
    heard: Heard, tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder).rename(tmp_path / "flat/kept")
    heard.until(tmp_path / folder)
    (tmp_path / folder).mkdir()
    heard.until(tmp_path / folder)
    (tmp_path / "flat/kept/old.py").write_text("1")
    (tmp_path / folder / "b.py").write_text("1")
    assert tmp_path / folder / "old.py" not in heard.until(tmp_path / folder / "b.py")


def test_a_single_file_is_watched_also_before_it_or_its_folder_is_there(heard: Heard, tmp_path: Path) -> None:
    heard.watcher.watch([tree(tmp_path / "flat/one.txt"), tree(tmp_path / "late/deep/two")], [])
    (tmp_path / "flat/one.txt").write_text("1")
    heard.until(tmp_path / "flat/one.txt")
    (tmp_path / "late").mkdir()
    heard.until(tmp_path / "late")
    (tmp_path / "late/deep").mkdir()
    heard.until(tmp_path / "late/deep")
    (tmp_path / "late/deep/two").mkdir()
    heard.until(tmp_path / "late/deep/two")
    (tmp_path / "late/deep/two/x").write_text("1")
    heard.until(tmp_path / "late/deep/two/x")


def test_what_is_no_longer_wanted_is_not_watched(heard: Heard, tmp_path: Path) -> None:
    heard.watcher.watch([], [tmp_path])
    (tmp_path / "tree/src/a.py").write_text("2")
    (tmp_path / "last").write_text("1")
    assert tmp_path / "tree/src/a.py" not in heard.until(tmp_path / "last")


def test_reading_a_file_is_no_event(heard: Heard, top: Path) -> None:
    (top / "src/a.py").read_text()
    (top / "last").write_text("1")
    assert top / "src/a.py" not in heard.until(top / "last")


def test_an_error_in_a_batch_is_told_and_the_next_save_is_heard(heard: Heard, top: Path) -> None:
    heard.mistakes.append(KeyError("template"))
    (top / "one").write_text("1")
    heard.until(top / "one")
    (top / "two").write_text("1")
    heard.until(top / "two")
    assert [repr(error) for error in heard.errors] == ["KeyError('template')"]


def test_a_folder_that_the_system_does_not_let_watch_is_told_and_the_others_stay(
    heard: Heard, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    with monkeypatch.context() as patched:
        patched.setattr(heard.watcher._observer, "schedule", refuse)
        (top / "fresh").mkdir()
        heard.until(top / "fresh")
        with pytest.raises(UserError, match="cannot watch .*limit reached; raise it: sysctl"):
            heard.watcher.watch([tree(top / "src")], [])
    assert "cannot watch" in str(heard.errors[0])
    heard.watcher.watch([tree(top)], [])
    (top / "fresh/x").write_text("1")
    heard.until(top / "fresh/x")


def test_events_that_the_kernel_dropped_are_told_and_later_saves_are_heard(heard: Heard, top: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    touch = "import os, sys\nfor i in range(int(sys.argv[1])): os.utime(sys.argv[2 + i % 2])"
    while heard.overflows.empty():
        subprocess.run([sys.executable, "-c", touch, str(2 * limit), top / "src/a.py", top / "src/deep"], check=True)
    heard.overflows.get(timeout=DEADLINE_SECONDS)
    deadline = time.monotonic() + DEADLINE_SECONDS
    seen: set[Path] = set()
    while top / "src/deep/b.py" not in seen:  # the first may still be among the dropped
        assert time.monotonic() < deadline
        (top / "src/deep/b.py").write_text("1")
        with suppress(queue.Empty):
            seen |= heard.batches.get(timeout=0.2)
