"""Follows the log of every container of a resource into the merged log."""

from __future__ import annotations

import threading

from scripts.cluster.kube import ApiError, Kube, collection
from scripts.engine.logs import LogStore
from scripts.engine.mirror import Object

TAIL_LINES = "20"


class PodLogs:
    """`follow` is called with the pods of a resource as they change; each container's run is followed once."""

    def __init__(self, kube: Kube, store: LogStore) -> None:
        self._kube = kube
        self._store = store
        self._lock = threading.Lock()
        self._followed: set[str] = set()

    def follow(self, resource: str, pods: list[Object]) -> None:
        for pod in pods:
            status = pod.get("status", {})
            for item in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
                identity = item.get("containerID")
                state = item.get("state", {})
                if not identity or not ("running" in state or "terminated" in state):
                    continue
                with self._lock:
                    if identity in self._followed:
                        continue
                    self._followed.add(identity)
                meta = pod["metadata"]
                main = item["name"] == pod["spec"]["containers"][0]["name"]
                args = (resource, meta["namespace"], meta["name"], item["name"], "" if main else f"{item['name']} | ")
                threading.Thread(target=self._stream, args=args, name=f"log {meta['name']}", daemon=True).start()

    def _stream(self, resource: str, namespace: str, pod: str, container: str, prefix: str) -> None:
        query = {"container": container, "follow": "true", "tailLines": TAIL_LINES}
        path = f"{collection('v1', 'pods', namespace)}/{pod}/log"
        try:
            for line in self._kube.lines(path, query, timeout=None):
                self._store.add(resource, prefix + line.decode(errors="replace"))
        except ApiError:
            return  # the pod is gone or the cluster restarts: a new container gets a new stream
