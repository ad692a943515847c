"""Keeps the live objects of a namespace at hand by list and watch, and wakes whoever waits for a change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scripts.engine.update.sync import Container
from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError

Object = Mapping[str, Any]
KINDS = {
    "Pod": ("v1", "pods"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "Deployment": ("apps/v1", "deployments"),
    "StatefulSet": ("apps/v1", "statefulsets"),
}
RETRY_SECONDS = 1.0


class Mirror:
    """`on_change` is called from the watching threads after every change."""

    def __init__(self, kube: Kube, namespace: str, on_change: Callable[[], None]) -> None:
        self._kube = kube
        self._namespace = namespace
        self._on_change = on_change
        self._objects: dict[str, dict[str, Object]] = {kind: {} for kind in KINDS}
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._listed = {kind: threading.Event() for kind in KINDS}

    def start(self) -> None:
        for kind in KINDS:
            threading.Thread(target=self._follow, args=(kind,), name=f"watch {kind}", daemon=True).start()
        for listed in self._listed.values():
            listed.wait(30)

    def stop(self) -> None:
        self._stop.set()

    def all(self, kind: str) -> list[Object]:
        with self._changed:
            return list(self._objects[kind].values())

    def get(self, kind: str, name: str) -> Object | None:
        with self._changed:
            return self._objects[kind].get(name)

    def wait(self, seconds: float) -> None:
        """Until something changes, at most `seconds`."""
        with self._changed:
            self._changed.wait(seconds)

    def _follow(self, kind: str) -> None:
        path = collection(*KINDS[kind], self._namespace)
        while not self._stop.is_set():
            try:
                listing = self._kube.call(f"list {kind}", "GET", path)
                items = ({"kind": kind, **item} for item in listing["items"])  # lists leave the kind out
                self._replace(kind, {item["metadata"]["name"]: item for item in items})
                for event in self._kube.watch(path, listing["metadata"]["resourceVersion"]):
                    if self._stop.is_set() or event["type"] == "ERROR":
                        break
                    if event["type"] != "BOOKMARK":
                        self._update(kind, event["type"], event["object"])
            except (ApiError, ValueError):  # ValueError: the stream was cut in the middle of an event
                self._stop.wait(RETRY_SECONDS)  # the cluster restarts, or the watch is too old: list again

    def _replace(self, kind: str, found: dict[str, Object]) -> None:
        with self._changed:
            self._objects[kind] = found
            self._changed.notify_all()
        self._listed[kind].set()
        self._on_change()

    def _update(self, kind: str, event: str, item: Object) -> None:
        with self._changed:
            if event == "DELETED":
                self._objects[kind].pop(item["metadata"]["name"], None)
            else:
                self._objects[kind][item["metadata"]["name"]] = item
            self._changed.notify_all()
        self._on_change()


def statuses(pod: Object) -> list[Object]:
    """Of its containers, the init containers first."""
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]


def identities(pods: Iterable[Object]) -> frozenset[str]:
    """The ids of pods and of the containers that they have or had."""
    return frozenset(
        identity
        for pod in pods
        for identity in (pod["metadata"]["uid"], *(item.get("containerID", "") for item in statuses(pod)))
    )


def running(pods: Sequence[Object], image: str) -> list[Container]:
    """The running containers (not init containers) of pods that use an image reference."""
    found = []
    for pod in pods:
        names = {item["name"] for item in pod["spec"]["containers"] if item["image"] == image}
        for status in pod.get("status", {}).get("containerStatuses", ()):
            if status["name"] in names and "running" in status.get("state", {}):
                meta = pod["metadata"]
                found.append(Container(meta["namespace"], meta["name"], status["name"], status["containerID"]))
    return found
