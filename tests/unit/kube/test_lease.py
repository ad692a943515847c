"""Who may run the loop of a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.core import process
from scripts.core.errors import UserError
from scripts.kube import lease
from scripts.kube.access import Access
from scripts.kube.api import Kube
from scripts.kube.lease import LEASE_SECONDS, MACHINE, PAGE_PORT, PID, STARTED, Lease, holder, is_free
from tests.http_server import Handler, serving
from tests.unit.engine.live_cluster import until

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NAME = ("n", "the-loop")
HERE = {MACHINE: process.machine(), PID: str(os.getpid()), STARTED: process.start_time(os.getpid())}
ELSEWHERE = {**HERE, MACHINE: "another machine"}
HELD = """
import sys
from pathlib import Path
from scripts.kube import lease
from scripts.kube.access import Access
from scripts.kube.api import Kube
lease.LEASE_SECONDS, lease.RENEW_SECONDS = 1, float(sys.argv[2])
held = lease.Lease(Kube(Access(sys.argv[1])), ("n", "the-loop"), Path("/child"), 0,
                   lambda why: print("on_lost:", why, flush=True))
held.acquire()
print("held", flush=True)
for line in sys.stdin:
    print("asked:", held.lost, flush=True)
"""


@contextmanager
def leases() -> Iterator[tuple[str, dict[str, Any]]]:
    """The URL of an API that keeps Leases as Kubernetes does, with its optimistic locking, and what it holds."""
    held: dict[str, Any] = {}
    lock = threading.Lock()

    class Leases(Handler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            with lock:
                status, answer = self._change(body)
            self.respond(status, json.dumps(answer).encode())

        def _change(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            found = held.get(self.path)
            version = found["metadata"].get("resourceVersion") if found else ""
            if self.command == "POST":
                path = f"{self.path}/{body['metadata']['name']}"
                return (409, {}) if path in held else self._store(path, body)
            if found is None:
                return 404, {}
            if self.command == "GET":
                return 200, found
            wanted = body["preconditions"] if self.command == "DELETE" else body["metadata"]
            if wanted["resourceVersion"] != version:
                return 409, {"message": "the object has been modified"}
            return (200, held.pop(self.path)) if self.command == "DELETE" else self._store(self.path, body)

        def _store(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            number = int((held.get(path) or {"metadata": {"resourceVersion": "0"}})["metadata"]["resourceVersion"])
            held[path] = {**body, "metadata": {**body["metadata"], "resourceVersion": str(number + 1)}}
            return 200, held[path]

        do_GET = do_PUT = do_POST = do_DELETE = _serve

    with serving(Leases) as url:
        yield url, held


@pytest.fixture
def api() -> Iterator[tuple[Kube, dict[str, Any]]]:
    with leases() as (url, held):
        yield Kube(Access(url)), held


def ignored(why: str) -> None:
    pass


def found(who: str, seconds_ago: float, notes: dict[str, str] | None = None) -> dict[str, Any]:
    renewed = (NOW - timedelta(seconds=seconds_ago)).isoformat()
    spec = {"holderIdentity": who, "renewTime": renewed, "leaseDurationSeconds": LEASE_SECONDS}
    return {"metadata": {"annotations": notes or {}}, "spec": spec}


def take_over(held: dict[str, Any]) -> None:
    """As a loop on another machine does."""
    ((path, before),) = held.items()
    number = int(before["metadata"]["resourceVersion"]) + 1
    meta = {**before["metadata"], "annotations": ELSEWHERE, "resourceVersion": str(number)}
    held[path] = {**before, "metadata": meta, "spec": {**before["spec"], "holderIdentity": "ann@elsewhere"}}


def test_a_lease_that_is_renewed_belongs_to_its_holder() -> None:
    assert not is_free(found("ann", 5, ELSEWHERE), NOW)
    assert not is_free(found("ann", 5, HERE), NOW)


def test_a_lease_is_free_without_a_holder_or_when_it_was_not_renewed() -> None:
    assert is_free({"metadata": {}, "spec": {}}, NOW)
    assert is_free(found("ann", LEASE_SECONDS + 1, ELSEWHERE), NOW)


def test_a_lease_of_a_process_here_that_has_ended_is_free_at_once() -> None:
    with subprocess.Popen(["true"]) as ended:
        started = process.start_time(os.getpid())
        ended.wait()
    assert is_free(found("ann", 1, {**HERE, PID: str(ended.pid)}), NOW)
    assert is_free(found("ann", 1, {**HERE, STARTED: f"{started} of another"}), NOW), "its number was given again"
    assert not is_free(found("ann", 1, {**ELSEWHERE, PID: str(ended.pid)}), NOW), "as in another WSL distribution"
    assert not is_free(found("ann", 1, {MACHINE: process.machine()}), NOW), "nothing is known of the process"


def test_the_lease_names_its_holder_and_the_port_of_the_page_until_it_is_given_up(
    api: tuple[Kube, dict[str, Any]],
) -> None:
    kube, held = api
    assert holder(kube, NAME) is None
    first = Lease(kube, NAME, Path("/x"), 10377, ignored)
    first.acquire()
    assert list(held) == ["/apis/coordination.k8s.io/v1/namespaces/n/leases/the-loop"]
    who, port = holder(kube, NAME) or ("", 0)
    assert (port, who.endswith(f"pid {os.getpid()} in /x")) == (10377, True)
    assert holder(kube, ("n", "another")) is None
    first.release()
    assert (holder(kube, NAME), held) == (None, {})


@pytest.mark.parametrize(
    ("notes", "port"), [({PAGE_PORT: "10377"}, 10377), ({}, 0), ({MACHINE: "another", PAGE_PORT: "10377"}, 0)]
)
def test_a_page_is_on_this_machine_or_none(api: tuple[Kube, dict[str, Any]], notes: dict[str, str], port: int) -> None:
    kube, held = api
    held["/apis/coordination.k8s.io/v1/namespaces/n/leases/the-loop"] = {
        "metadata": {"annotations": {**HERE, **notes}},
        "spec": {"holderIdentity": "ann", "renewTime": datetime.now(UTC).isoformat()},
    }
    assert holder(kube, NAME) == ("ann", port)


def test_a_second_loop_is_refused_with_the_name_of_the_first(api: tuple[Kube, dict[str, Any]]) -> None:
    kube, held = api
    Lease(kube, NAME, Path("/x"), 0, ignored).acquire()
    take_over(held)
    with pytest.raises(UserError, match="another loop runs on this cluster: ann@elsewhere; use that one, or stop it"):
        Lease(kube, NAME, Path("/x"), 0, ignored).acquire()


def test_a_renewal_that_finds_another_holder_ends_the_loop_once_and_leaves_the_lease_to_it(
    api: tuple[Kube, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.01)
    kube, held = api
    heard: list[str] = []
    first = Lease(kube, NAME, Path("/x"), 0, heard.append)
    first.acquire()
    assert first.lost == ""
    take_over(held)
    until(lambda: heard, "on_lost was called")
    assert heard == [first.lost] == ["another loop took over this cluster: ann@elsewhere"]
    first.release()
    assert len(held) == 1


def test_a_lease_that_may_have_run_out_is_looked_at_before_its_holder_is_told_that_it_has_it(
    api: tuple[Kube, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 3600)
    kube, held = api
    heard: list[str] = []
    first = Lease(kube, NAME, Path("/x"), 0, heard.append)
    first.acquire()
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0)
    assert first.lost == ""
    take_over(held)
    assert first.lost == "another loop took over this cluster: ann@elsewhere"
    assert heard == [first.lost]


def test_a_lease_that_was_deleted_is_taken_again_but_not_after_it_was_given_up(
    api: tuple[Kube, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.01)
    kube, held = api
    first = Lease(kube, NAME, Path("/x"), 0, ignored)
    first.acquire()
    held.clear()
    until(lambda: held, "it was written again")
    first.release()
    first._renew()
    assert (held, first.lost) == ({}, "")


@pytest.mark.parametrize("renews_first", [True, False], ids=["its renewal notices", "it is asked before"])
def test_a_loop_that_was_suspended_while_another_took_over_learns_it_when_it_goes_on(renews_first: bool) -> None:
    with leases() as (url, held), ExitStack() as ended:
        argv = [sys.executable, "-c", HELD, url, "0.2" if renews_first else "3600"]
        child = ended.enter_context(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        ended.callback(child.kill)  # it would be waited for, stopped or not
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == "held\n"
        os.kill(child.pid, signal.SIGSTOP)
        second = Lease(Kube(Access(url)), NAME, Path("/second"), 0, ignored)

        def takes_over() -> bool:
            try:
                second.acquire()
            except UserError:
                return False
            return True

        until(takes_over, "the lease of the suspended loop runs out")
        if not renews_first:
            child.stdin.write("lost?\n")
            child.stdin.flush()
        os.kill(child.pid, signal.SIGCONT)
        said = child.stdout.readline()
        child.stdin.close()
        second.release()
    assert said.startswith("on_lost: another loop took over this cluster:") and said.endswith("in /second\n")
