"""Pods come and go while requests are sent, and none of them fails."""

from __future__ import annotations

import os
from itertools import cycle

import pytest

from tests.failure.answers import long_answers
from tests.failure.conftest import Watch
from tests.failure.drain import drain
from tests.failure.release import KEYS, Release

REQUESTS = int(os.environ.get("TODO_FAILURE_REQUESTS", "10000"))
RUNS = 3


def upgrade_and_roll_back(release: Release) -> None:
    release.upgrade(*(f"{key}.podAnnotations.test=upgrade" for key in KEYS.values()))
    release.rollback()


def scale(release: Release) -> None:
    for replicas in (1, 3, 2):
        release.upgrade(*(f"{key}.replicaCount={replicas}" for key in KEYS.values()))


def replace_pods(release: Release) -> None:
    for component in KEYS:
        release.replace_pod(component)


CHANGES = (upgrade_and_roll_back, scale, drain, replace_pods)


@pytest.mark.parametrize("component", KEYS)
def test_a_deleted_pod_takes_no_request_with_it(component: str, release: Release, watch: Watch) -> None:
    with watch.no_request_fails(f"{component} pod deleted"):
        release.replace_pod(component)


def test_an_upgrade_and_its_rollback_lose_no_request(release: Release, watch: Watch) -> None:
    with watch.no_request_fails("upgrade, rollback"):
        upgrade_and_roll_back(release)


def test_fewer_and_more_pods_lose_no_request(release: Release, watch: Watch) -> None:
    with watch.no_request_fails("fewer and more pods"):
        scale(release)


def test_a_drain_evicts_one_pod_at_a_time_and_loses_no_request(release: Release, watch: Watch) -> None:
    with watch.no_request_fails("pods evicted"):
        drain(release)


def test_answers_that_are_streamed_meanwhile_are_whole(release: Release, watch: Watch) -> None:
    with watch.no_request_fails("upgrade, rollback, long answers"), long_answers(release):
        upgrade_and_roll_back(release)


@pytest.mark.parametrize("run", range(1, RUNS + 1))
def test_of_ten_thousand_requests_none_fails_three_times_in_a_row(run: int, release: Release, watch: Watch) -> None:
    """A run makes all changes, and goes on until it has sent so many."""
    with watch.no_request_fails(f"all these changes, run {run}") as load:
        for change in CHANGES:
            change(release)
        for change in cycle(CHANGES):
            if load.ledger.sent >= REQUESTS:
                break
            change(release)
        assert load.ledger.sent >= REQUESTS
