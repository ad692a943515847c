"""What a protection is there for: the loss without it, made certain by holding the window open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from scripts.cluster.embedded.provider import Embedded
from tests.failure.release import NAMESPACE, Release, eventually

REQUESTS = 40
"""On a connection each, which the node gives to one of two pods: that none goes to the deleted one has a chance of one
in a million million."""


@pytest.fixture
def node(release: Release) -> Embedded:
    if not isinstance(release.provider, Embedded):
        pytest.skip("holds the node's kube-proxy, so it needs the embedded cluster")
    return release.provider


@contextmanager
def held_kube_proxy(node: Embedded) -> Iterator[None]:
    """The node learns of no change of endpoints while the block runs."""
    node.node_exec("supervisorctl", "signal", "STOP", "kube-proxy")
    try:
        yield
    finally:
        node.node_exec("supervisorctl", "signal", "CONT", "kube-proxy")


def lost(release: Release) -> int:
    """How many of the requests fail, each on a new connection."""
    failed = 0
    for _ in range(REQUESTS):
        try:
            failed += not httpx.get(f"{release.stack.url}/health", timeout=2).is_success
        except httpx.TransportError:
            failed += 1
    return failed


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
        assert lost(release) == 0
        assert exists(), "the requests took longer than the pod's preStop"
    release.wait_until_settled()


def test_without_prestop_they_are_lost(release: Release, node: Embedded) -> None:
    remove = '[{"op": "remove", "path": "/spec/template/spec/containers/0/lifecycle"}]'
    release.run("kubectl", "patch", "deployment", "todo-frontend", "-n", NAMESPACE, "--type", "json", "-p", remove)
    release.wait_until_settled()
    with held_kube_proxy(node):
        exists = delete_one(release)
        eventually(lambda: not exists(), "the pod is gone")
        assert lost(release) > 0
    release.upgrade("frontend.podAnnotations.protected=again")
