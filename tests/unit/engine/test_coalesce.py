"""When a batch of file events is complete. Time is a number here: nothing waits."""

from __future__ import annotations

from pathlib import Path

from scripts.engine.files.batches import BURST_FILES, BURST_QUIET_SECONDS, CAP_SECONDS, QUIET_SECONDS, Coalescer


def test_a_lone_save_is_a_batch_after_a_short_quiet() -> None:
    files = Coalescer()
    files.add(Path("a"), 1.0)
    assert files.due() == 1.0 + QUIET_SECONDS
    assert files.take(1.0) == frozenset()
    assert files.take(1.0 + QUIET_SECONDS) == {Path("a")}
    assert files.due() is None


def test_every_event_starts_the_quiet_anew_and_a_path_counts_once() -> None:
    files = Coalescer()
    files.add(Path("a"), 1.0)
    files.add(Path("b"), 1.02)
    files.add(Path("a"), 1.04)
    assert files.take(1.05) == frozenset()
    assert files.take(1.04 + QUIET_SECONDS) == {Path("a"), Path("b")}


def test_many_files_wait_for_a_longer_quiet() -> None:
    files = Coalescer()
    for number in range(BURST_FILES + 1):
        files.add(Path(str(number)), 1.0)
    assert files.take(1.0 + QUIET_SECONDS) == frozenset()
    assert len(files.take(1.0 + BURST_QUIET_SECONDS)) == BURST_FILES + 1


def test_a_git_operation_makes_a_batch_wait() -> None:
    files = Coalescer()
    files.add(Path("a"), 1.0)
    assert files.take(1.0 + QUIET_SECONDS, git_busy=True) == frozenset()
    assert files.take(1.0 + BURST_QUIET_SECONDS, git_busy=True) == {Path("a")}


def test_a_file_that_never_rests_is_sent_all_the_same() -> None:
    files = Coalescer()
    now = 1.0
    while now < 1.0 + CAP_SECONDS:
        assert files.take(now) == frozenset()
        files.add(Path("a"), now)
        now += QUIET_SECONDS / 2
    assert files.take(now) == {Path("a")}
