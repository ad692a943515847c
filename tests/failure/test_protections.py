"""What a protection is there for: the loss without it, made certain by holding the window open."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scripts.cluster.embedded.provider import Embedded
from scripts.core import direct_http
from tests.failure.ledger import Load
from tests.failure.node import held_kube_proxy
from tests.failure.release import NAMESPACE, Release, eventually

REQUESTS = 40
"""On a connection each, which the node gives to one of two pods: that none goes to the deleted one has a chance of one
in a million million."""
TIMEOUT_SECONDS = 10
"""Longer than the pod's preStop: on a slow machine an answer is late, and no loss."""


def lost(release: Release) -> int:
    """How many of the requests fail, each on a new connection, all at once."""

    def fails(url: str) -> bool:
        try:
            with direct_http.ask(url, TIMEOUT_SECONDS):
                return False
        except direct_http.FAILURES:
            return True

    with ThreadPoolExecutor(REQUESTS) as pool:
        return sum(pool.map(fails, [f"{release.stack.url}/health"] * REQUESTS))


def delete_one(release: Release) -> Callable[[], bool]:
    """Delete a pod of the frontend; the result tells whether it still exists."""
    before = release.stack.every_pod()
    pod = next(iter(release.stack.pods("frontend")))
    (uid,) = [uid for uid, name in before.items() if name == pod]
    release.stack.delete_pod(pod)
    return lambda: uid in release.stack.every_pod()


def test_new_connections_are_served_until_the_node_knows_that_a_pod_goes(release: Release, node: Embedded) -> None:
    with held_kube_proxy(node):
        exists = delete_one(release)
        failed = lost(release)
        assert exists(), f"the requests took longer than the pod's preStop; {failed} failed"
        assert failed == 0
    release.wait_until_settled()


def test_without_prestop_they_are_lost(release: Release, node: Embedded) -> None:
    remove = '[{"op": "remove", "path": "/spec/template/spec/containers/0/lifecycle"}]'
    try:
        release.run("kubectl", "patch", "deployment", "todo-frontend", "-n", NAMESPACE, "--type", "json", "-p", remove)
        release.wait_until_settled()
        with held_kube_proxy(node):
            exists = delete_one(release)
            eventually(lambda: not exists(), "the pod is gone")
            assert lost(release) > 0
    finally:
        release.upgrade("frontend.podAnnotations.protected=again")


def test_the_volume_outlives_the_release(release: Release) -> None:
    load = acknowledged_writes(release)
    release.reinstall()
    assert load.ledger.differences(load.stored()) == []


def test_a_volume_that_is_not_retained_is_lost_with_the_release(release: Release) -> None:
    load = acknowledged_writes(release)
    release.upgrade("postgres.storage.whenDeleted=Delete")
    release.reinstall()
    with pytest.raises(httpx.HTTPStatusError, match="401"):  # the account went too
        load.stored()


def acknowledged_writes(release: Release) -> Load:
    release.wait_until_served()
    load = Load(release.stack.url)
    with load.running():
        load.wait_for(100)
    assert load.ledger.acknowledged
    return load
