"""Progress of long work."""

import io

import pytest

from scripts.core.progress import NOTE_LENGTH, Steps
from tests.unit.engine.live_cluster import until


def test_a_step_ends_with_its_name_note_and_seconds() -> None:
    out = io.StringIO()
    with Steps(out).step("Build the image") as step:
        step.note("layer 3")
    assert out.getvalue().startswith("✓ Build the image  layer 3  (0.0 s,")


def test_the_total_includes_what_came_before() -> None:
    assert Steps(earlier=20).seconds() >= 20


def test_a_failed_step_is_marked_and_its_error_is_raised() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError), Steps(out).step("Build the image"):
        raise ValueError
    assert out.getvalue().startswith("✗ Build the image")


def test_long_work_prints_heartbeats_with_its_latest_note() -> None:
    out = io.StringIO()
    steps = Steps(out, heartbeat=0.01)
    with steps.step("Compile") as step:
        step.note("package 7")
        until(lambda: "  … Compile: package 7  (" in out.getvalue(), "the heartbeat has the note")


def test_a_long_note_is_cut() -> None:
    out = io.StringIO()
    with Steps(out).step("Install") as step:
        step.note("x" * 500)
        assert len(step.latest) == NOTE_LENGTH
