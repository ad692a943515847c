"""The node under the stack is harmed as a whole, so these run on one of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.cluster.embedded.provider import Embedded
from tests.failure.conftest import Watch
from tests.failure.recovery import APPLICATION, DATABASE
from tests.failure.release import KEYS, Release, eventually


@contextmanager
def stopped(node: Embedded, program: str) -> Iterator[None]:
    """A program of the node does not run while the block does."""
    node.node_exec("supervisorctl", "stop", program)
    try:
        yield
    finally:
        node.node_exec("supervisorctl", "start", program)


def test_the_stack_comes_back_with_a_node_that_lost_power(own_node: Embedded, release: Release, watch: Watch) -> None:
    # The goal counts from the node being there again. Until then there is nobody to explain anything.
    with watch.recovers("node restarted", DATABASE, explained=False) as fault:
        own_node.node_restart()
        eventually(lambda: own_node.status().state == "running", "the node is ready")
        fault.ends()
    release.wait_until_settled()


def test_without_dns_nothing_restarts(own_node: Embedded, release: Release, watch: Watch) -> None:
    before = release.restarts()
    with watch.recovers("DNS gone", APPLICATION) as fault:
        with stopped(own_node, "coredns"):
            eventually(lambda: bool(fault.load.ledger.failures), "requests are refused")
            fault.lasts(15)
        fault.ends()
    release.wait_until_settled()
    assert release.restarts() == before


def test_pods_are_replaced_without_the_registry(own_node: Embedded, release: Release, watch: Watch) -> None:
    with stopped(own_node, "registry"), watch.no_request_fails("pods replaced without the registry"):
        for component in KEYS:
            release.replace_pod(component)
