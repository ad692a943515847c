"""One loop per cluster: a Lease names the loop that may change the stack, until it ends, dies or is suspended."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.core import process
from scripts.core.errors import UserError
from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError

API, CONFLICT = "coordination.k8s.io/v1", 409
MACHINE, PID, STARTED, PAGE_PORT = (f"todo-stack/{name}" for name in ("machine", "pid", "started", "page-port"))
LEASE_SECONDS = 20
RENEW_SECONDS = 5
ATTEMPTS = 3
Name = tuple[str, str]  # namespace and name


def is_free(found: Mapping[str, Any], now: datetime) -> bool:
    """A lease without a holder, one that was not renewed in time, or one of a process here that has ended."""
    spec, notes = found["spec"], _annotations(found)
    renewed = spec.get("renewTime")
    length = timedelta(seconds=spec.get("leaseDurationSeconds", LEASE_SECONDS))
    if not spec.get("holderIdentity") or renewed is None or datetime.fromisoformat(renewed) + length < now:
        return True
    pid = notes.get(PID, "")
    return _is_here(notes) and pid.isdecimal() and not process.runs(int(pid), notes.get(STARTED, ""))


def holder(kube: Kube, name: Name) -> tuple[str, int] | None:
    """Who runs the loop of a cluster, and the port of its page on this machine, 0 without one here. None: nobody."""
    found = kube.find(_path(name))
    if found is None or is_free(found, datetime.now(UTC)):
        return None
    port = _annotations(found).get(PAGE_PORT, "")
    return found["spec"]["holderIdentity"], int(port) if _is_here(_annotations(found)) and port.isdecimal() else 0


def _annotations(found: Mapping[str, Any]) -> dict[str, str]:
    return found["metadata"].get("annotations") or {}


def _is_here(notes: Mapping[str, str]) -> bool:
    return notes.get(MACHINE) == process.machine()


def _path(name: Name) -> str:
    return f"{collection(API, 'leases', name[0])}/{name[1]}"


class Lease:
    """Held from `acquire` to `release`, renewed meanwhile. `port` is that of the loop's page, 0 without one.

    `on_lost` is called once, from any thread, with a sentence when another loop has taken over.
    """

    def __init__(self, kube: Kube, name: Name, folder: Path, port: int, on_lost: Callable[[str], None]) -> None:
        self._kube, self._name, self._on_lost = kube, name, on_lost
        pid = os.getpid()
        self._holder = f"{os.environ.get('USER') or os.getuid()}@{socket.gethostname()} pid {pid} in {folder}"
        self._identity = {MACHINE: process.machine(), PID: str(pid), STARTED: process.start_time(pid)}
        self._notes = {**self._identity, PAGE_PORT: str(port)}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._lost = ""
        self._renewed = time.monotonic(), time.time()

    @property
    def lost(self) -> str:
        """Why this loop must change nothing any more; "" while it holds the lease.

        Asks the cluster first if the lease may have run out, as in a process that was suspended. Where the cluster
        does not answer, nothing can be changed either.
        """
        before = self._renewed
        if not self._lost and max(time.monotonic() - before[0], time.time() - before[1]) >= LEASE_SECONDS:
            self._renew()
        return self._lost

    def acquire(self) -> None:
        """Raises UserError that names the holder if another loop has it."""
        found = self._kube.find(_path(self._name))
        if found is not None and not self._is_mine(found) and not is_free(found, datetime.now(UTC)):
            who = found["spec"]["holderIdentity"]
            raise UserError(f"another loop runs on this cluster: {who}", "use that one, or stop it")
        try:
            self._write(found)
        except ApiError as error:
            if error.status != CONFLICT:
                raise
            raise UserError("another loop was faster on this cluster", "use that one, or stop it") from None
        threading.Thread(target=self._keep, name="lease", daemon=True).start()

    def release(self) -> None:
        self._done.set()
        with self._lock, suppress(ApiError):  # without an answer it expires by itself
            found = self._kube.find(_path(self._name))
            if found and self._is_mine(found):
                unchanged = {"preconditions": {"resourceVersion": found["metadata"]["resourceVersion"]}}
                self._kube.call("give up the lease", "DELETE", _path(self._name), body=unchanged)

    def _is_mine(self, found: Mapping[str, Any]) -> bool:
        return self._identity.items() <= _annotations(found).items()

    def _keep(self) -> None:
        while not self._done.wait(RENEW_SECONDS):
            self._renew()

    def _renew(self) -> None:
        with self._lock, suppress(ApiError):  # the cluster restarts; the next turn tries again
            if self._done.is_set() or not (other := self._taken_by()):
                return
            self._lost = f"another loop took over this cluster: {other}"
            self._done.set()
        if self._lost:
            self._on_lost(self._lost)

    def _taken_by(self) -> str:
        """Renew, or return who holds the lease now."""
        for _ in range(ATTEMPTS):
            found = self._kube.find(_path(self._name))
            if found is not None and not self._is_mine(found):
                return str(found["spec"].get("holderIdentity"))
            try:
                self._write(found)
                break
            except ApiError as error:
                if error.status != CONFLICT:  # else somebody wrote it in between: look again
                    raise
        return ""

    def _write(self, found: Mapping[str, Any] | None) -> None:
        began = time.monotonic(), time.time()
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        version = {"resourceVersion": found["metadata"]["resourceVersion"]} if found else {}
        body = {
            "apiVersion": API,
            "kind": "Lease",
            "metadata": {"namespace": self._name[0], "name": self._name[1], "annotations": self._notes, **version},
            "spec": {"holderIdentity": self._holder, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now},
        }
        path = _path(self._name) if found else collection(API, "leases", self._name[0])
        self._kube.call("take the lease", "PUT" if found else "POST", path, body=body)
        self._renewed = began
