"""Pods come and go while requests are sent, and none of them fails."""

from __future__ import annotations

import os

import pytest

from tests.failure.conftest import Watch
from tests.failure.release import KEYS, Release

REQUESTS = int(os.environ.get("TODO_FAILURE_REQUESTS", "0"))
"""Each test repeats its changes until it has sent so many; 0: one round."""


@pytest.mark.parametrize("component", KEYS)
def test_a_deleted_pod_takes_no_request_with_it(component: str, release: Release, watch: Watch) -> None:
    with watch.no_request_fails(f"{component} pod deleted") as load:
        for _ in load.rounds(REQUESTS):
            release.replace_pod(component)


def test_an_upgrade_and_its_rollback_lose_no_request(release: Release, watch: Watch) -> None:
    with watch.no_request_fails("upgrade, rollback") as load:
        for number in load.rounds(REQUESTS):
            release.upgrade(*(f"{key}.podAnnotations.upgrade=number-{number}" for key in KEYS.values()))
            release.rollback()


def test_fewer_and_more_pods_lose_no_request(release: Release, watch: Watch) -> None:
    with watch.no_request_fails("fewer and more pods") as load:
        for _ in load.rounds(REQUESTS):
            for replicas in (1, 3, 2):
                release.upgrade(*(f"{key}.replicaCount={replicas}" for key in KEYS.values()))
