"""When a batch of file events is complete. Time is a number here: nothing waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.files.batches import (
    BURST_CAP_SECONDS,
    BURST_FILES,
    BURST_QUIET_SECONDS,
    CAP_SECONDS,
    QUIET_SECONDS,
    Coalescer,
)


def test_a_lone_save_is_a_batch_after_a_short_quiet() -> None:
    files = Coalescer()
    files.add(Path("a"), 1.0)
    assert files.due() == 1.0 + QUIET_SECONDS
    assert files.take(1.0) == frozenset()
    assert files.take(1.0 + QUIET_SECONDS) == {Path("a")}
    assert files.due() is None


def test_every_event_starts_the_quiet_again_and_a_path_counts_once() -> None:
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


@pytest.mark.parametrize(("git_busy", "cap"), [(False, CAP_SECONDS), (True, BURST_CAP_SECONDS)])
def test_a_file_that_is_written_all_the_time_delays_the_others_no_longer_than_the_cap(
    git_busy: bool, cap: float
) -> None:
    files = Coalescer()
    files.add(Path("saved"), 1.0)
    now = 1.0
    while now < 1.0 + cap:
        assert files.take(now, git_busy) == frozenset()
        files.add(Path("log"), now)
        now += QUIET_SECONDS / 2
    assert files.take(now, git_busy) == {Path("saved"), Path("log")}


def test_a_log_among_the_sources_holds_up_a_save_for_a_fraction_of_a_second() -> None:
    assert CAP_SECONDS <= 0.2
