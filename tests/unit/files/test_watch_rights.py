"""Folders that must not be read, and may be later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.files.ignore import Ignore
from tests.unit.files.test_watch import DEADLINE_SECONDS, Recorder


@pytest.fixture
def tree(unprivileged: Path) -> Path:
    for folder in ("locked", "src/locked/deep", "src/other"):
        (unprivileged / "tree" / folder).mkdir(parents=True)
    return unprivileged / "tree"


@pytest.fixture
def recorder(tree: Path) -> Iterator[Recorder]:
    made = Recorder(tree.parent)
    yield made
    made.watcher.stop()


@pytest.mark.parametrize("folder", ["locked", "src/locked", "src/locked/deep"])
def test_a_folder_that_becomes_readable_is_watched_and_all_files_are_compared(
    tree: Path, recorder: Recorder, folder: str
) -> None:
    (tree / folder).chmod(0)
    recorder.watcher.start([(tree, Ignore())], [])
    (tree / folder).chmod(0o755)
    recorder.overflows.get(timeout=DEADLINE_SECONDS)
    (tree / folder / "a.py").write_text("1")
    recorder.wait_for(tree / folder / "a.py")
    assert not recorder.errors


def test_a_folder_in_one_that_becomes_searchable_is_watched(tree: Path, recorder: Recorder) -> None:
    (tree / "src/locked").chmod(0o444)
    recorder.watcher.start([(tree, Ignore())], [])
    (tree / "src/locked").chmod(0o755)
    recorder.overflows.get(timeout=DEADLINE_SECONDS)
    (tree / "src/locked/deep/a.py").write_text("1")
    recorder.wait_for(tree / "src/locked/deep/a.py")


def test_a_folder_that_appears_without_the_right_to_read_it_is_watched_once_there_is_one(
    tree: Path, recorder: Recorder
) -> None:
    recorder.watcher.start([(tree, Ignore())], [])
    (tree / "src/late").mkdir(0)
    recorder.wait_for(tree / "src/late")
    (tree / "src/late").chmod(0o755)
    recorder.overflows.get(timeout=DEADLINE_SECONDS)
    (tree / "src/late/a.py").write_text("1")
    recorder.wait_for(tree / "src/late/a.py")


def test_several_folders_that_cannot_be_read_warn_of_nothing(tree: Path, recorder: Recorder) -> None:
    """Warnings are errors here, as what watchdog says of its internals is nothing for a terminal."""
    for folder in ("src/locked", "src/other"):
        (tree / folder).chmod(0)
    recorder.watcher.start([(tree, Ignore())], [])
    (tree / "src/a.py").write_text("1")
    recorder.wait_for(tree / "src/a.py")


def test_a_folder_that_changes_its_rights_and_was_readable_has_nothing_compared(tree: Path, recorder: Recorder) -> None:
    recorder.watcher.start([(tree, Ignore())], [])
    (tree / "src/other").chmod(0o700)
    recorder.wait_for(tree / "src/other")
    (tree / "src/other/a.py").write_text("1")
    recorder.wait_for(tree / "src/other/a.py")
    assert recorder.overflows.empty()
