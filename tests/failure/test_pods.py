"""A process that is killed at once, as by a crash, takes no acknowledged write with it."""

from __future__ import annotations

import pytest

from scripts.cluster.embedded.provider import Embedded
from tests.failure.conftest import Watch
from tests.failure.node import kill
from tests.failure.recovery import APPLICATION, DATABASE
from tests.failure.release import KEYS, Release, eventually


@pytest.mark.everyday
@pytest.mark.parametrize("component", KEYS)
def test_a_killed_process_is_replaced(component: str, release: Release, node: Embedded, watch: Watch) -> None:
    # The frontend that is killed can explain nothing to those whose connections end with it.
    with watch.recovers(f"{component} killed", APPLICATION, explained=component != "frontend"):
        kill(node, release, component)
    release.wait_until_settled()


@pytest.mark.everyday
def test_a_killed_postmaster_recovers_from_its_log(release: Release, node: Embedded, watch: Watch) -> None:
    with watch.recovers("postmaster killed", DATABASE):
        kill(node, release, "postgres")
    release.wait_until_settled()


def test_a_deleted_database_pod_comes_back_with_its_data(release: Release, watch: Watch) -> None:
    with watch.recovers("database pod deleted", DATABASE):
        release.replace_pod("postgres")


def test_memory_that_runs_out_ends_one_container(release: Release, watch: Watch) -> None:
    """The kernel ends the largest process when the container's limit is reached: the service, among many small ones
    that fill the memory together."""
    before = release.restarts()
    pod, container = next(iter(release.stack.pods("backend").items()))
    with watch.recovers("backend out of memory", APPLICATION):
        # Its connection ends with the container.
        ended = release.stack.kube.execute(release.stack.namespace, pod, container, ["python", "-c", FILL_MEMORY])
        eventually(lambda: release.restarts() != before, f"the container starts again; {ended}")
    (reason,) = [
        status["lastState"]["terminated"]["reason"]
        for found in release.pods("backend")
        if found["metadata"]["name"] == pod
        for status in found["status"]["containerStatuses"]
    ]
    assert reason == "OOMKilled"
    release.wait_until_settled()


FILL_MEMORY = """
import os, signal, time
for _ in range(40):
    if os.fork() == 0:
        kept = b"x" * 12_000_000
        signal.pause()
    time.sleep(0.05)
signal.pause()
"""
