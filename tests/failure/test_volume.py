"""A volume without space left refuses writes, and nothing acknowledged is lost."""

from __future__ import annotations

from scripts.cluster.embedded.provider import Embedded
from tests.failure.conftest import Watch
from tests.failure.recovery import DATABASE
from tests.failure.release import Release, eventually
from tests.failure.volume import fill, free, small_volume


def test_writes_go_on_when_a_full_volume_has_space_again(release: Release, node: Embedded, watch: Watch) -> None:
    with small_volume(node, release) as folder, watch.recovers("volume full", DATABASE) as fault:
        fill(node, folder)
        eventually(lambda: len(fault.load.ledger.failures) > 0, "writes are refused")
        fault.lasts(5)
        fault.ends()
        free(node, folder)
