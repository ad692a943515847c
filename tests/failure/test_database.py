"""The database goes away or cannot be reached, and comes back: nothing restarts, and nothing acknowledged is lost."""

from __future__ import annotations

import pytest

from scripts.cluster.embedded.provider import Embedded
from tests.failure.conftest import Watch
from tests.failure.node import addresses, cut
from tests.failure.recovery import APPLICATION, DATABASE, Fault
from tests.failure.release import Release, eventually

CLOSE_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'todo-backend'"


def lasts_without_writes(fault: Fault, release: Release, seconds: float) -> None:
    """The backend's `/ready` is off for so long, and all writes are refused."""
    eventually(lambda: not release.targets("backend-service"), "no backend gets requests")
    assert release.readiness("backend") == {503}
    ledger = fault.load.ledger
    acknowledged, failed = len(ledger.acknowledged), len(ledger.failures)
    fault.lasts(seconds)
    assert len(ledger.acknowledged) == acknowledged
    assert len(ledger.failures) > failed


@pytest.mark.parametrize("seconds", [pytest.param(3, marks=pytest.mark.everyday), 120])
def test_nothing_restarts_while_the_database_is_away(seconds: float, release: Release, watch: Watch) -> None:
    with watch.recovers(f"database away for {seconds} s", DATABASE) as fault:
        release.scale_database(0)
        eventually(lambda: not release.pods("postgres"), "the database is away")
        before = release.restarts()
        lasts_without_writes(fault, release, seconds)
        assert release.restarts() == before
        fault.ends()
        release.scale_database(1)
    release.wait_until_settled()
    assert before.items() <= release.restarts().items()
    assert release.readiness("backend") == {200}


@pytest.mark.parametrize(
    ("connections", "seconds"),
    [
        pytest.param("all", 3, marks=pytest.mark.everyday),
        ("new", 3),
        # So long that a connection which is not given up would be tried again more than ten seconds after the cut only.
        ("all", 40),
    ],
)
def test_a_cut_to_the_database_ends_without_a_restart(
    connections: str, seconds: float, release: Release, node: Embedded, watch: Watch
) -> None:
    """`all`: connections stay open without a packet getting through, and none can be opened. `new`: those that are open
    are closed, and none can be opened."""
    before = release.restarts()
    backends, databases = addresses(release.pods("backend")), addresses(release.pods("postgres"))
    with watch.recovers(f"cut backend - postgres for {seconds} s, {connections} connections", APPLICATION) as fault:
        with cut(node, backends, databases, new_only=connections == "new"):
            if connections == "new":
                release.sql(CLOSE_ALL)
            lasts_without_writes(fault, release, seconds)
        fault.ends()
    release.wait_until_settled()
    assert release.restarts() == before
