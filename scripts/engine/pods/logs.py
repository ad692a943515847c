"""Follows the log of every container of a resource into the merged log."""

from __future__ import annotations

import threading
import time
from collections.abc import Container
from contextlib import suppress

from scripts.engine.pods.mirror import Object, statuses
from scripts.engine.record.logs import LogStore
from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError

TAIL_LINES = "20"
REOPEN_SECONDS = 3.0


class PodLogs:
    """`follow` is called with the pods of a resource as they change; each container's run is followed once."""

    def __init__(self, kube: Kube, store: LogStore) -> None:
        self._kube = kube
        self._store = store
        self._lock = threading.Lock()
        self._followed: set[str] = set()

    def follow(self, resource: str, pods: list[Object], older: Container[str] = ()) -> None:
        """Of the containers in `older` (ids) only the end of what they said before is of interest."""
        for pod in pods:
            for item in statuses(pod):
                if not (identity := item.get("containerID")):
                    continue
                with self._lock:
                    if identity in self._followed:
                        continue
                    self._followed.add(identity)
                meta, name = pod["metadata"], item["name"]
                path = f"{collection('v1', 'pods', meta['namespace'])}/{meta['name']}"
                prefix = "" if name == pod["spec"]["containers"][0]["name"] else f"{name} | "
                query = {"container": name, "follow": "true", "timestamps": "true"}
                args = (resource, path, identity, prefix, query, {"tailLines": TAIL_LINES} if identity in older else {})
                threading.Thread(target=self._stream, args=args, name=f"log {meta['name']}", daemon=True).start()

    def _stream(
        self, resource: str, path: str, identity: str, prefix: str, query: dict[str, str], start: dict[str, str]
    ) -> None:
        """To the end of a container's run. A stream that breaks before is opened again where it was."""
        known = latest = ""
        while True:
            with suppress(ApiError):
                for raw in self._kube.lines(f"{path}/log", {**query, **start}, timeout=None):
                    stamp, _, text = raw.decode(errors="replace").partition(" ")
                    if not stamp[:1].isdigit():  # the kubelet's own words
                        self._store.add(resource, f"{prefix}{stamp} {text}")
                    elif stamp > known:
                        latest = stamp
                        self._store.add(resource, prefix + text)
            if latest:
                known, start = latest, {"sinceTime": latest}
            time.sleep(REOPEN_SECONDS)  # that a container has ended is told a little later than its log ends
            if not self._runs(path, identity):
                return

    def _runs(self, path: str, identity: str) -> bool:
        try:
            pod = self._kube.find(path)
        except ApiError:
            return True  # nobody answers: the cluster restarts
        items = statuses(pod or {})
        return any(item.get("containerID") == identity and "running" in item["state"] for item in items)
