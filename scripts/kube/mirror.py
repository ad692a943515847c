"""Keeps the live objects of some namespaces at hand by list and watch."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError
from scripts.kube.pod import Object

KINDS = {
    "Pod": ("v1", "pods"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "Deployment": ("apps/v1", "deployments"),
    "StatefulSet": ("apps/v1", "statefulsets"),
}
WORKLOADS = ("Deployment", "StatefulSet")
"""Those of `KINDS` that people describe: only of these are the pods looked for."""
LOG = logging.getLogger(__name__)
RETRY_SECONDS = 1.0
LISTED_SECONDS = 30.0
Key = tuple[str, str]
"""Namespace and kind."""


class Mirror:
    """`on_change` is called from the watching threads after every change."""

    def __init__(self, kube: Kube, on_change: Callable[[], None]) -> None:
        self._kube = kube
        self._on_change = on_change
        self._objects: dict[Key, dict[str, Object]] = {}
        self._listed: dict[Key, threading.Event] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def watch(self, namespaces: Iterable[str]) -> None:
        """Watch these namespaces as well; returns when all is listed, or the cluster does not answer for long."""
        fresh = [(namespace, kind) for namespace in dict.fromkeys(namespaces) for kind in KINDS]
        fresh = [key for key in fresh if key not in self._listed]
        for key in fresh:
            self._listed[key] = threading.Event()
            threading.Thread(target=self._follow, args=(key,), name=f"watch {key[1]} in {key[0]}", daemon=True).start()
        for key in fresh:
            self._listed[key].wait(LISTED_SECONDS)

    def stop(self) -> None:
        self._stop.set()

    def all(self, kind: str, namespace: str = "") -> list[Object]:
        """Those of one namespace, or of all that are watched."""
        with self._lock:
            return [
                item
                for (space, known), items in self._objects.items()
                if known == kind and namespace in ("", space)
                for item in items.values()
            ]

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        with self._lock:
            return self._objects.get((namespace, kind), {}).get(name)

    def _follow(self, key: Key) -> None:
        namespace, kind = key
        path = collection(*KINDS[kind], namespace)
        while not self._stop.is_set():
            try:
                listing = self._kube.call(f"list {kind} in {namespace}", "GET", path)
                items = ({"kind": kind, **item} for item in listing["items"])  # lists leave the kind out
                self._replace(key, {item["metadata"]["name"]: item for item in items})
                for event in self._kube.watch(path, listing["metadata"]["resourceVersion"]):
                    if self._stop.is_set() or event["type"] == "ERROR":
                        break
                    if event["type"] != "BOOKMARK":
                        self._update(key, event["type"], event["object"])
            except (ApiError, ValueError):  # ValueError: the stream was cut in the middle of an event
                pass
            except Exception:  # of an observer: the objects must stay up to date
                LOG.exception("%s in %s: a change could not be handed on", kind, namespace)
            self._stop.wait(RETRY_SECONDS)  # the cluster restarts, or the watch is too old: list again

    def _replace(self, key: Key, found: dict[str, Object]) -> None:
        with self._lock:
            self._objects[key] = found
        self._listed[key].set()
        self._on_change()

    def _update(self, key: Key, event: str, item: Object) -> None:
        with self._lock:
            if event == "DELETED":
                self._objects[key].pop(item["metadata"]["name"], None)
            else:
                self._objects[key][item["metadata"]["name"]] = item
        self._on_change()
