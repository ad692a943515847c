"""The watcher on a real file system. Batches are waited for, never slept for."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.engine.watch import Watcher

DEADLINE_SECONDS = 10


class Heard:
    def __init__(self, root: Path) -> None:
        self.batches: queue.Queue[frozenset[Path]] = queue.Queue()
        self.overflows = 0
        self.watcher = Watcher(lambda paths, at: self.batches.put(paths), self.lost, root / ".git/index.lock")

    def lost(self) -> None:
        self.overflows += 1

    def until(self, *wanted: Path) -> set[Path]:
        """All paths heard of until the wanted ones were among them."""
        seen: set[Path] = set()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not set(wanted) <= seen:
            seen |= self.batches.get(timeout=max(0.1, deadline - time.monotonic()))
        return seen


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    for folder in ("src/deep", "node_modules/x"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "src/a.py").write_text("1")
    made = Heard(tmp_path)
    made.watcher.start([tmp_path], [], lambda folder: folder.name == "node_modules")
    yield made
    made.watcher.stop()


def test_saves_deep_and_at_the_top_are_heard(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "src/deep/b.py").write_text("1")
    (tmp_path / "top.txt").write_text("1")
    heard.until(tmp_path / "src/deep/b.py", tmp_path / "top.txt")


def test_a_save_by_renaming_over_is_heard(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "src/.a.tmp").write_text("2")
    (tmp_path / "src/.a.tmp").rename(tmp_path / "src/a.py")
    heard.until(tmp_path / "src/a.py")


def test_a_deletion_and_a_rename_are_heard_by_both_names(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "src/a.py").rename(tmp_path / "src/deep/c.py")
    heard.until(tmp_path / "src/a.py", tmp_path / "src/deep/c.py")
    (tmp_path / "src/deep/c.py").unlink()
    heard.until(tmp_path / "src/deep/c.py")


def test_a_new_folder_at_the_top_is_watched_and_a_pruned_one_is_not(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    heard.until(tmp_path / "fresh")
    (tmp_path / "node_modules/x/y.js").write_text("1")
    (tmp_path / "fresh/z.py").write_text("1")
    assert tmp_path / "node_modules/x/y.js" not in heard.until(tmp_path / "fresh/z.py")


def test_reading_a_file_is_no_event(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "src/a.py").read_text()
    (tmp_path / "last").write_text("1")
    assert tmp_path / "src/a.py" not in heard.until(tmp_path / "last")


def test_lost_events_are_told(heard: Heard) -> None:
    import logging

    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; filesystem events were lost")
    assert heard.overflows == 1
