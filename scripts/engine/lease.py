"""One loop per cluster: a Lease says who holds it, and is given up at the end or when its holder is dead."""

from __future__ import annotations

import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.core.errors import UserError
from scripts.engine.kube import ApiError, Kube, collection

NAMESPACE, NAME = "default", "todo-stack-loop"
LEASE_SECONDS = 20
RENEW_SECONDS = 5
PATH = collection("coordination.k8s.io/v1", "leases", NAMESPACE)


def holder(folder: Path) -> str:
    """Who this process is, in words for the one who is refused."""
    return f"{os.environ.get('USER') or os.getuid()}@{socket.gethostname()} pid {os.getpid()} in {folder}"


def is_free(spec: dict[str, Any], now: datetime, me: str) -> bool:
    """A lease without holder, one that was not renewed in time, or one whose process on this machine is dead."""
    other = spec.get("holderIdentity") or ""
    if not other or other == me:
        return True
    renewed = spec.get("renewTime")
    length = timedelta(seconds=spec.get("leaseDurationSeconds", LEASE_SECONDS))
    if renewed is None or datetime.fromisoformat(renewed) + length < now:
        return True
    who, _, rest = other.partition(" pid ")
    pid = rest.split(" ", 1)[0]
    same_machine = who.partition("@")[2] == socket.gethostname()
    return same_machine and pid.isdigit() and not _alive(int(pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Lease:
    """Held from `acquire` to `release`, renewed meanwhile."""

    def __init__(self, kube: Kube, folder: Path) -> None:
        self._kube = kube
        self._me = holder(folder)
        self._done = threading.Event()

    def acquire(self) -> None:
        """Raises UserError that names the holder if another loop has it."""
        found = self._kube.find(f"{PATH}/{NAME}")
        if found is not None and not is_free(found["spec"], datetime.now(UTC), self._me):
            raise UserError(
                f"another loop runs on this cluster: {found['spec']['holderIdentity']}",
                "use that one (its page is on port 10350), or stop it",
            )
        try:
            self._write(found)
        except ApiError as error:
            if error.status != 409:
                raise
            raise UserError("another loop was faster on this cluster", "look at it with: ./dev status") from None
        threading.Thread(target=self._renew, name="lease", daemon=True).start()

    def release(self) -> None:
        self._done.set()
        try:
            found = self._kube.find(f"{PATH}/{NAME}")
            if found and found["spec"].get("holderIdentity") == self._me:
                self._kube.call("give up the lease", "DELETE", f"{PATH}/{NAME}")
        except ApiError:
            pass  # it expires by itself

    def _write(self, found: dict[str, Any] | None) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        body: dict[str, Any] = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {"holderIdentity": self._me, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now},
        }
        if found is None:
            self._kube.call("take the lease", "POST", PATH, body=body)
        else:
            body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
            self._kube.call("take the lease", "PUT", f"{PATH}/{NAME}", body=body)

    def _renew(self) -> None:
        while not self._done.wait(RENEW_SECONDS):
            try:
                found = self._kube.find(f"{PATH}/{NAME}")
                if found is None or found["spec"].get("holderIdentity") == self._me:
                    self._write(found)
            except ApiError:
                continue  # the cluster restarts; the next turn tries again
