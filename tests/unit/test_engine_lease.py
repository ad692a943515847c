"""Who may run the loop of a cluster."""

from __future__ import annotations

import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.engine.lease import LEASE_SECONDS, is_free

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def spec(who: str, seconds_ago: float) -> dict[str, Any]:
    renewed = (NOW - timedelta(seconds=seconds_ago)).isoformat()
    return {"holderIdentity": who, "renewTime": renewed, "leaseDurationSeconds": LEASE_SECONDS}


@pytest.fixture
def dead_pid() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_a_lease_that_is_renewed_belongs_to_its_holder() -> None:
    assert not is_free(spec("ann@elsewhere pid 7 in /x", 5), NOW, "me")
    assert not is_free(spec(f"ann@{socket.gethostname()} pid {os.getpid()} in /x", 5), NOW, "me")


def test_a_lease_is_free_without_a_holder_when_it_is_mine_or_was_not_renewed() -> None:
    assert is_free({}, NOW, "me")
    assert is_free(spec("me", 1), NOW, "me")
    assert is_free(spec("ann@elsewhere pid 7 in /x", LEASE_SECONDS + 1), NOW, "me")


def test_a_lease_of_a_dead_process_of_this_machine_is_free_at_once(dead_pid: int) -> None:
    assert is_free(spec(f"ann@{socket.gethostname()} pid {dead_pid} in /x", 1), NOW, "me")
    assert not is_free(spec(f"ann@elsewhere pid {dead_pid} in /x", 1), NOW, "me")
