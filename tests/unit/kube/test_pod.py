"""What the statuses of containers say, as Kubernetes writes them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from scripts.kube.pod import last_end, last_life, waits_for

RUNNING: dict[str, Any] = {"running": {"startedAt": "2030-01-01T00:01:00Z"}}
ENDED = {"exitCode": 3, "startedAt": "2030-01-01T00:00:01Z", "finishedAt": "2030-01-01T00:00:05Z"}


@pytest.mark.parametrize(
    ("state", "last", "seconds"),
    [
        (RUNNING, {"terminated": ENDED}, 4.0),
        (RUNNING, {"terminated": {"exitCode": 3}}, 0.0),
        (RUNNING, {"terminated": {"exitCode": 3, "startedAt": None, "finishedAt": "2030-01-01T00:00:05Z"}}, 0.0),
        (RUNNING, {"terminated": {**ENDED, "exitCode": 0}}, math.inf),
        (RUNNING, {}, math.inf),
        ({"waiting": {"reason": "CrashLoopBackOff"}}, {"terminated": ENDED}, math.inf),
    ],
)
def test_the_life_before_counts_where_it_failed_and_another_one_has_begun(
    state: dict[str, Any], last: dict[str, Any], seconds: float
) -> None:
    assert last_life({"state": state, "lastState": last}) == seconds


def test_the_last_end_is_the_present_one_if_it_has_ended() -> None:
    assert last_end({"state": {"terminated": {"exitCode": 1}}, "lastState": {"terminated": ENDED}}) == {"exitCode": 1}
    assert last_end({"state": RUNNING, "lastState": {"terminated": ENDED}}) == ENDED
    assert last_end({"state": RUNNING}) == {}


def test_what_ended_for_good_or_for_the_first_time_waits_for_nothing() -> None:
    assert waits_for({"state": {"terminated": {"exitCode": 3}}, "restartCount": 0}) == ""
    assert waits_for({"state": {"terminated": {"exitCode": 0}}, "restartCount": 2}) == ""
