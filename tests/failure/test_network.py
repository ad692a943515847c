"""The network between two services is cut, and comes back."""

from __future__ import annotations

import pytest

from scripts.cluster.embedded.provider import Embedded
from tests.failure.conftest import Watch
from tests.failure.node import addresses, cut
from tests.failure.recovery import APPLICATION
from tests.failure.release import Release

SECONDS = 15
"""Longer than the frontend and the MCP server go on trying to connect, so that they say that they cannot."""


@pytest.mark.parametrize("connections", ["all", "new"])
@pytest.mark.parametrize(
    ("one", "other"), [("frontend", "backend"), ("frontend", "mcp-server"), ("backend", "mcp-server")]
)
def test_a_cut_between_two_services_ends_without_a_restart(
    one: str, other: str, connections: str, release: Release, node: Embedded, watch: Watch
) -> None:
    """Both ways: the backend calls the MCP server, and is called by it. `new`: the connections that are open go on."""
    before = release.restarts()
    with watch.recovers(f"cut {one} - {other}, {connections} connections", APPLICATION) as fault:
        pods = addresses(release.pods(one)), addresses(release.pods(other))
        with cut(node, *pods, new_only=connections == "new") as dropped:
            fault.lasts(SECONDS)
            assert dropped()
        fault.ends()
    release.wait_until_settled()
    assert release.restarts() == before
