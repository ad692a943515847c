"""Who may run the loop of a cluster."""

from __future__ import annotations

import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.engine.loop.lease import LEASE_SECONDS, PAGE_PORT, Lease, holder, is_free
from scripts.kube.api import Kube

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


class OneLease(Kube):
    """A cluster with room for the lease only."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None

    def find(self, path: str) -> dict[str, Any] | None:
        return self.lease

    def call(self, doing: str, method: str, path: str, **options: Any) -> Any:
        if method == "DELETE":
            self.lease = None
        else:
            body = options["body"]
            self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": "1"}}


def test_the_lease_tells_the_port_of_its_holders_page_until_it_is_given_up() -> None:
    kube = OneLease()
    assert holder(kube) is None
    lease = Lease(kube, Path("/x"), 10377)
    lease.acquire()
    found = holder(kube)
    assert found is not None
    assert (found[1], found[0].endswith(f"pid {os.getpid()} in /x")) == (10377, True)
    lease.release()
    assert holder(kube) is None


@pytest.mark.parametrize(
    ("who", "annotations", "port"),
    [
        (f"ann@{socket.gethostname()} pid {os.getpid()} in /x", {PAGE_PORT: "10377"}, 10377),
        (f"ann@{socket.gethostname()} pid {os.getpid()} in /x", {}, 0),
        ("ann@elsewhere pid 7 in /x", {PAGE_PORT: "10377"}, 0),
    ],
)
def test_a_page_is_on_this_machine_or_none(who: str, annotations: dict[str, str], port: int) -> None:
    kube = OneLease()
    renewed = datetime.now(UTC).isoformat()
    kube.lease = {"metadata": {"annotations": annotations}, "spec": {"holderIdentity": who, "renewTime": renewed}}
    assert holder(kube) == (who, port)
