"""One loop per cluster: a Lease says who holds it, and is given up at the end or when its holder is dead."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.core.errors import UserError
from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError

NAMESPACE, NAME = "default", "todo-stack-loop"
PAGE_PORT = "todo-stack/page-port"
LEASE_SECONDS = 20
RENEW_SECONDS = 5
LEASES = collection("coordination.k8s.io/v1", "leases", NAMESPACE)
PATH = f"{LEASES}/{NAME}"


def is_free(spec: dict[str, Any], now: datetime, me: str) -> bool:
    """A lease without holder, one that was not renewed in time, or one whose process on this machine is dead."""
    other = spec.get("holderIdentity") or ""
    renewed = spec.get("renewTime")
    length = timedelta(seconds=spec.get("leaseDurationSeconds", LEASE_SECONDS))
    if other in ("", me) or renewed is None or datetime.fromisoformat(renewed) + length < now:
        return True
    who, _, rest = other.partition(" pid ")
    return who.partition("@")[2] == socket.gethostname() and not _alive(int(rest.split(" ", 1)[0]))


def holder(kube: Kube) -> tuple[str, int] | None:
    """Who runs the loop of a cluster, and the port of its page on this machine, 0 without one here. None: nobody."""
    found = kube.find(PATH)
    if found is None or is_free(found["spec"], datetime.now(UTC), ""):
        return None
    who = str(found["spec"]["holderIdentity"])
    here = who.partition(" pid ")[0].partition("@")[2] == socket.gethostname()
    port = (found["metadata"].get("annotations") or {}).get(PAGE_PORT, "")
    return who, int(port) if here and port.isdecimal() else 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


class Lease:
    """Held from `acquire` to `release`, renewed meanwhile. `port` is that of the loop's page, 0 without one."""

    def __init__(self, kube: Kube, folder: Path, port: int = 0) -> None:
        self._kube, self._port = kube, port
        self._me = f"{os.environ.get('USER') or os.getuid()}@{socket.gethostname()} pid {os.getpid()} in {folder}"
        self._done = threading.Event()

    def acquire(self) -> None:
        """Raises UserError that names the holder if another loop has it."""
        found = self._kube.find(PATH)
        if found is not None and not is_free(found["spec"], datetime.now(UTC), self._me):
            who = found["spec"]["holderIdentity"]
            raise UserError(f"another loop runs on this cluster: {who}", "use that one, or stop it")
        try:
            self._write(found)
        except ApiError as error:
            if error.status != 409:
                raise
            raise UserError("another loop was faster on this cluster", "look at it with: ./dev status") from None
        threading.Thread(target=self._renew, name="lease", daemon=True).start()

    def release(self) -> None:
        self._done.set()
        with suppress(ApiError):  # without an answer it expires by itself
            found = self._kube.find(PATH)
            if found and found["spec"].get("holderIdentity") == self._me:
                self._kube.call("give up the lease", "DELETE", PATH)

    def _write(self, found: dict[str, Any] | None) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        version = {"resourceVersion": found["metadata"]["resourceVersion"]} if found else {}
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": NAME,
                "namespace": NAMESPACE,
                "annotations": {PAGE_PORT: str(self._port)},
                **version,
            },
            "spec": {"holderIdentity": self._me, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now},
        }
        self._kube.call("take the lease", "PUT" if found else "POST", PATH if found else LEASES, body=body)

    def _renew(self) -> None:
        while not self._done.wait(RENEW_SECONDS):
            with suppress(ApiError):  # the cluster restarts; the next turn tries again
                found = self._kube.find(PATH)
                if found is None or found["spec"].get("holderIdentity") == self._me:
                    self._write(found)
