"""Streams the logs of a resource's containers into the merged log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container
from contextlib import suppress
from datetime import datetime

from scripts.engine.record.logs import LogStore
from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError
from scripts.kube.pod import Object, statuses

TAIL_LINES = "20"
REOPEN_SECONDS = 3.0


class PodLogs:
    """Call `follow` whenever the pods of a resource have changed; each run of a container is streamed once, into the
    log of the resource that follows it at the time: the Tiltfile may give its workload another name. `learn` is called
    first, as the container may have been given a Secret that is not known yet; while that raises ApiError, the log is
    not read."""

    def __init__(self, kube: Kube, store: LogStore, learn: Callable[[], object]) -> None:
        self._kube = kube
        self._store = store
        self._learn = learn
        self._lock = threading.Lock()
        self._followed: dict[str, str] = {}  # the resource of each container, by its id

    def follow(self, resource: str, pods: list[Object], older: Container[str] = ()) -> None:
        """Containers whose id is in `older` ran before this loop: only the end of their log so far is shown."""
        for pod in pods:
            for item in statuses(pod):
                if not (identity := item.get("containerID")):
                    continue
                with self._lock:
                    known = identity in self._followed
                    self._followed[identity] = resource
                if known:
                    continue
                meta, name = pod["metadata"], item["name"]
                path = f"{collection('v1', 'pods', meta['namespace'])}/{meta['name']}"
                prefix = "" if name == pod["spec"]["containers"][0]["name"] else f"{name} | "
                query = {"container": name, "follow": "true", "timestamps": "true"}
                args = (path, identity, prefix, query, {"tailLines": TAIL_LINES} if identity in older else {})
                threading.Thread(target=self._stream, args=args, name=f"log {meta['name']}", daemon=True).start()

    def _stream(self, path: str, identity: str, prefix: str, query: dict[str, str], start: dict[str, str]) -> None:
        """Until the container ends. A stream that breaks earlier is reopened where it stopped."""
        known = latest = ""
        while True:
            with suppress(ApiError):
                self._learn()
                for raw in self._kube.lines(f"{path}/log", {**query, **start}, timeout=None):
                    stamp, _, text = raw.decode(errors="replace").partition(" ")
                    if not stamp[:1].isdigit():  # a message of the kubelet, without a time
                        self._store.add(self._followed[identity], f"{prefix}{stamp} {text}")
                    elif stamp > known:
                        latest, at = stamp, datetime.fromisoformat(stamp).timestamp()
                        self._store.add(self._followed[identity], prefix + text, at)
            if latest:
                known, start = latest, {"sinceTime": latest}
            time.sleep(REOPEN_SECONDS)  # the API reports the end of a container later than its log ends
            if not self._runs(path, identity):
                return

    def _runs(self, path: str, identity: str) -> bool:
        try:
            pod = self._kube.find(path)
        except ApiError:
            return True  # no answer: the cluster restarts
        return any(item.get("containerID") == identity and "running" in item["state"] for item in statuses(pod or {}))
