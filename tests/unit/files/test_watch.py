"""The watcher on a real file system. Batches are waited for, never slept for."""

from __future__ import annotations

import errno
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from watchdog.observers.inotify import InotifyObserver

from scripts.core.errors import UserError
from scripts.docker.patterns import Matcher
from scripts.files.batches import QUIET_SECONDS
from scripts.files.ignore import EditorFiles, Ignore
from scripts.files.scope import Tree
from scripts.files.watch import Watcher
from tests.unit.engine.live_cluster import until

DEADLINE_SECONDS = 20


class Recorder:
    def __init__(self, root: Path) -> None:
        self.batches: queue.Queue[frozenset[Path]] = queue.Queue()
        self.overflows: queue.Queue[bool] = queue.Queue()
        self.errors: list[Exception] = []
        self.failures: list[Exception] = []
        lock = root / ".git/index.lock"
        self.watcher = Watcher(self.batch, lambda: self.overflows.put(True), self.errors.append, lock)

    def batch(self, paths: frozenset[Path], at: float) -> None:
        self.batches.put(paths)
        if self.failures:
            raise self.failures.pop()

    def wait_for(self, *wanted: Path) -> set[Path]:
        """All paths reported until the wanted ones were among them."""
        seen: set[Path] = set()
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not set(wanted) <= seen:
            seen |= self.batches.get(timeout=max(0.1, deadline - time.monotonic()))
        return seen


def tree(root: Path) -> Tree:
    patterns = Matcher(root, ("**/node_modules", "**/*.log", "hidden", "!hidden/shown"))
    return root, Ignore((patterns, EditorFiles(root)))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Recorder]:
    for folder in ("flat", "tree/src/deep", "tree/node_modules/x"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tree/src/a.py").write_text("1")
    made = Recorder(tmp_path)
    made.watcher.start([tree(tmp_path / "tree")], [tmp_path / name for name in ("tree", "last", "flat/one.txt")])
    yield made
    made.watcher.stop()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return tmp_path / "tree"


def save_at_once(path: Path, text: str) -> None:
    """By one event: what is written in place is two or three, and batches of their own if time passes between them."""
    new = path.parents[1] / "new.log"  # which is ignored
    new.write_text(text)
    new.rename(path)


def test_saves_deep_and_at_the_top_are_reported(watched: Recorder, top: Path) -> None:
    (top / "src/deep/b.py").write_text("1")
    (top / "top.txt").write_text("1")
    watched.wait_for(top / "src/deep/b.py", top / "top.txt")


def test_a_save_by_renaming_over_is_reported(watched: Recorder, top: Path) -> None:
    (top / "src/.a.tmp").write_text("2")
    (top / "src/.a.tmp").rename(top / "src/a.py")
    watched.wait_for(top / "src/a.py")


def test_a_deletion_and_a_rename_are_reported_by_both_names(watched: Recorder, top: Path) -> None:
    (top / "src/a.py").rename(top / "src/deep/c.py")
    watched.wait_for(top / "src/a.py", top / "src/deep/c.py")
    (top / "src/deep/c.py").unlink()
    watched.wait_for(top / "src/deep/c.py")


def test_what_is_below_a_tree_that_is_a_link_is_reported_by_the_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    (tmp_path / "led/to/src").mkdir(parents=True)
    link.symlink_to("led/to")
    recorder = Recorder(tmp_path)
    recorder.watcher.start([tree(link)], [link])
    for path in (link / "src/a.py", link / "top.txt"):
        path.write_text("1")
    recorder.wait_for(link / "src/a.py", link / "top.txt")
    (link / "src/a.py").unlink()
    recorder.wait_for(link / "src/a.py")
    recorder.watcher.stop()


def test_a_tree_that_is_a_link_is_watched_where_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    for folder in ("one/src", "two/src"):
        (tmp_path / folder).mkdir(parents=True)
    link.symlink_to("one")
    recorder = Recorder(tmp_path)
    recorder.watcher.start([tree(link)], [link])
    (tmp_path / "new").symlink_to("two")
    (tmp_path / "new").rename(link)
    recorder.wait_for(link)
    until(lambda: saved_and_heard(recorder, link / "top.txt"), "the top is watched")
    until(lambda: saved_and_heard(recorder, link / "src/a.py"), "what is below is watched")
    recorder.watcher.stop()


def saved_and_heard(recorder: Recorder, path: Path) -> bool:
    path.write_text("1")
    with suppress(queue.Empty):
        return path in recorder.batches.get(timeout=0.2)
    return False


def test_a_new_folder_at_the_top_is_watched_and_a_pruned_one_is_not(watched: Recorder, top: Path) -> None:
    (top / "fresh").mkdir()
    watched.wait_for(top / "fresh")
    (top / "node_modules/x/y.js").write_text("1")
    (top / "fresh/z.py").write_text("1")
    assert top / "node_modules/x/y.js" not in watched.wait_for(top / "fresh/z.py")


def test_what_is_beside_the_trees_and_the_named_files_is_not_reported(watched: Recorder, tmp_path: Path) -> None:
    for name in ("cache", "flat/sub"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("1")
    (tmp_path / "flat/two.txt").write_text("1")
    (tmp_path / "flat/one.txt").write_text("1")
    (tmp_path / "last").write_text("1")
    assert watched.wait_for(tmp_path / "last", tmp_path / "flat/one.txt") == {
        tmp_path / "last", tmp_path / "flat/one.txt",
    }  # fmt: skip


@pytest.mark.parametrize("folder", ["tree", "tree/src", "flat"])
def test_a_folder_that_was_deleted_and_made_again_is_watched_again(
    watched: Recorder, tmp_path: Path, folder: str
) -> None:
    inner, file = ("src/deep", "b.py") if folder == "tree" else ("", "one.txt" if folder == "flat" else "b.py")
    for text in ("1", "2"):
        shutil.rmtree(tmp_path / folder)
        watched.wait_for(tmp_path / folder)
        (tmp_path / folder / inner).mkdir(parents=True)
        watched.wait_for(tmp_path / folder)
        (tmp_path / folder / inner / file).write_text(text)
        watched.wait_for(tmp_path / folder / inner / file)


@pytest.mark.parametrize("folder", ["tree", "tree/src"])
def test_a_folder_that_was_moved_away_and_made_again_is_watched_again(
    watched: Recorder, tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder).rename(tmp_path / "flat/kept")
    watched.wait_for(tmp_path / folder)
    (tmp_path / folder).mkdir()
    watched.wait_for(tmp_path / folder)
    (tmp_path / "flat/kept/old.py").write_text("1")
    (tmp_path / folder / "b.py").write_text("1")
    assert tmp_path / folder / "old.py" not in watched.wait_for(tmp_path / folder / "b.py")


def test_a_single_file_is_watched_also_before_it_or_its_folder_is_there(watched: Recorder, tmp_path: Path) -> None:
    watched.watcher.watch([tree(tmp_path / "flat/one.txt"), tree(tmp_path / "late/deep/two")], [])
    (tmp_path / "flat/one.txt").write_text("1")
    watched.wait_for(tmp_path / "flat/one.txt")
    (tmp_path / "late").mkdir()
    watched.wait_for(tmp_path / "late")
    (tmp_path / "late/deep").mkdir()
    watched.wait_for(tmp_path / "late/deep")
    (tmp_path / "late/deep/two").mkdir()
    watched.wait_for(tmp_path / "late/deep/two")
    (tmp_path / "late/deep/two/x").write_text("1")
    watched.wait_for(tmp_path / "late/deep/two/x")


def test_ignored_files_are_not_reported_and_do_not_hold_up_a_save(watched: Recorder, top: Path) -> None:
    """A log that is written more often than a batch takes to become quiet."""
    done = threading.Event()

    def write_log() -> None:
        with (top / "src/busy.log").open("a") as log, (top / "node_modules/x/y.log").open("a") as deeper:
            while not done.wait(QUIET_SECONDS / 5):
                for file in (log, deeper):
                    file.write("x\n")
                    file.flush()

    writer = threading.Thread(target=write_log)
    writer.start()
    try:
        save_at_once(top / "src/a.py", "2")
        assert watched.wait_for(top / "src/a.py") == {top / "src/a.py"}
    finally:
        done.set()
        writer.join()
    assert watched.batches.empty()


VIM = "touch 4913; rm 4913; touch .a.py.swp; mv a.py a.py~; echo 2 > a.py; rm a.py~ .a.py.swp"
EMACS = "ln -s me@host.1:2 .#a.py; echo 2 > '#a.py#'; cp a.py a.py~; echo 2 > a.py; rm '#a.py#' .#a.py"
JETBRAINS = "echo 2 > a.py___jb_tmp___; mv a.py a.py___jb_old___; mv a.py___jb_tmp___ a.py; rm a.py___jb_old___"
WITH_BACKUP = "cp a.py a.py.bak; echo 2 > a.py"


@pytest.mark.parametrize("save", [VIM, EMACS, JETBRAINS, WITH_BACKUP])
def test_a_save_as_editors_make_it_reports_the_saved_file_only(
    watched: Recorder, top: Path, tmp_path: Path, save: str
) -> None:
    subprocess.run(["sh", "-ec", save], cwd=top / "src", check=True)
    (tmp_path / "last").write_text("1")
    assert watched.wait_for(top / "src/a.py", tmp_path / "last") == {top / "src/a.py", tmp_path / "last"}


def test_a_file_brought_back_in_an_ignored_folder_is_reported(watched: Recorder, top: Path) -> None:
    (top / "hidden").mkdir()
    watched.wait_for(top / "hidden")
    (top / "hidden/x").write_text("1")
    (top / "hidden/shown").write_text("1")
    assert top / "hidden/x" not in watched.wait_for(top / "hidden/shown")


def test_a_name_that_is_not_utf8_is_reported_as_it_is(watched: Recorder, top: Path) -> None:
    odd = os.fsdecode(b"caf\xe9")
    (top / "src" / odd).mkdir()
    watched.wait_for(top / "src" / odd)
    (top / odd).write_text("1")
    (top / "src" / odd / odd).write_text("1")
    watched.wait_for(top / odd, top / "src" / odd / odd)


def test_a_change_of_permissions_and_of_case_is_reported(watched: Recorder, top: Path) -> None:
    (top / "src/a.py").chmod(0o755)
    watched.wait_for(top / "src/a.py")
    (top / "src/a.py").rename(top / "src/A.py")
    watched.wait_for(top / "src/a.py", top / "src/A.py")


def test_what_is_no_longer_wanted_is_not_watched(watched: Recorder, tmp_path: Path) -> None:
    watched.watcher.watch([], [tmp_path / "last"])
    (tmp_path / "tree/src/a.py").write_text("2")
    (tmp_path / "last").write_text("1")
    assert tmp_path / "tree/src/a.py" not in watched.wait_for(tmp_path / "last")


def test_reading_a_file_is_no_event(watched: Recorder, top: Path) -> None:
    (top / "src/a.py").read_text()
    (top / "last").write_text("1")
    assert top / "src/a.py" not in watched.wait_for(top / "last")


def test_a_save_is_on_its_way_until_it_has_been_handed_over(watched: Recorder, top: Path) -> None:
    handed: list[frozenset[Path]] = []

    def take(paths: frozenset[Path], at: float) -> None:
        handed.append(watched.watcher.waiting())
        watched.batch(paths, at)

    watched.watcher._on_batch = take
    save_at_once(top / "src/a.py", "2")
    watched.wait_for(top / "src/a.py")
    assert handed == [frozenset({top / "src/a.py"})]
    until(lambda: not watched.watcher.waiting(), "nothing is on its way")


def test_lost_events_are_a_change_of_everything_on_its_way_until_they_have_been_told(watched: Recorder) -> None:
    told: list[frozenset[Path]] = []
    watched.watcher._on_overflow = lambda: told.append(watched.watcher.waiting())
    watched.watcher._events_lost()
    until(lambda: bool(told), "the loss is told")
    assert told == [frozenset({Path("/")})]
    until(lambda: not watched.watcher.waiting(), "nothing is on its way")


def test_an_error_in_a_batch_is_reported_and_so_is_the_next_save(watched: Recorder, top: Path) -> None:
    watched.failures.append(KeyError("template"))
    (top / "one").write_text("1")
    watched.wait_for(top / "one")
    (top / "two").write_text("1")
    watched.wait_for(top / "two")
    assert [repr(error) for error in watched.errors] == ["KeyError('template')"]


def test_a_folder_that_the_system_does_not_let_watch_is_reported_and_the_others_stay(
    watched: Recorder, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    with monkeypatch.context() as patched:
        patched.setattr(watched.watcher._observer, "schedule", refuse)
        (top / "fresh").mkdir()
        watched.wait_for(top / "fresh")
        with pytest.raises(UserError, match="cannot watch .*limit reached; raise it: sysctl"):
            watched.watcher.watch([tree(top / "src")], [])
    assert "cannot watch" in str(watched.errors[0])
    watched.watcher.watch([tree(top)], [])
    watched.overflows.get(timeout=DEADLINE_SECONDS)  # for what was saved there until now
    (top / "fresh/x").write_text("1")
    watched.wait_for(top / "fresh/x")


def test_events_that_the_kernel_dropped_are_noticed_and_later_saves_are_reported(watched: Recorder, top: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    touch = "import os, sys\nfor i in range(int(sys.argv[1])): os.utime(sys.argv[2 + i % 2])"
    while watched.overflows.empty():
        subprocess.run([sys.executable, "-c", touch, str(2 * limit), top / "src/a.py", top / "src/deep"], check=True)
    watched.overflows.get(timeout=DEADLINE_SECONDS)
    deadline = time.monotonic() + DEADLINE_SECONDS
    seen: set[Path] = set()
    while top / "src/deep/b.py" not in seen:  # the first may still be among the dropped
        assert time.monotonic() < deadline
        (top / "src/deep/b.py").write_text("1")
        with suppress(queue.Empty):
            seen |= watched.batches.get(timeout=0.2)


def test_a_nested_folder_may_be_moved_away_replaced_and_deleted_before_the_one_that_it_replaced(
    watched: Recorder, top: Path, tmp_path: Path
) -> None:
    (top / "src/deep").rename(tmp_path / "kept")
    watched.wait_for(top / "src/deep")
    (top / "src/deep").mkdir()
    watched.wait_for(top / "src/deep")
    (top / "src/deep").rmdir()
    watched.wait_for(top / "src/deep")
    (tmp_path / "kept").rmdir()
    (top / "src/a.py").write_text("2")
    watched.wait_for(top / "src/a.py")
    assert watched.overflows.empty() and not watched.errors


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("part", ["reader", "emitters", "observer"])
def test_a_thread_of_watching_that_ended_is_noticed_and_later_saves_are_reported(
    watched: Recorder, top: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def fail(*_: object) -> None:
        raise KeyError(part)

    observer = watched.watcher._observer
    assert isinstance(observer, InotifyObserver)
    if part == "reader":
        monkeypatch.setattr(observer._inotify_fd, "handle_event", fail)
    elif part == "observer":
        monkeypatch.setattr(observer, "dispatch_events", fail)
    for emitter in observer.emitters if part == "emitters" else ():
        monkeypatch.setattr(emitter, "build_and_queue_event", fail)
    (top / "src/a.py").write_text("2")
    (top / "top.txt").write_text("2")
    watched.overflows.get(timeout=DEADLINE_SECONDS)
    (top / "src/deep/b.py").write_text("1")
    (top / "last.txt").write_text("1")
    watched.wait_for(top / "src/deep/b.py", top / "last.txt")
    assert not watched.errors
