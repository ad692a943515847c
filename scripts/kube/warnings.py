"""Follows the warning events of a namespace: what the cluster itself says is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from scripts.kube.api import Kube, collection
from scripts.kube.errors import ApiError

RETRY_SECONDS = 5.0


class Warnings:
    """`on_warning` gets kind and name of the object and a sentence, for each that comes after the start.

    Kubernetes counts a repeated event up instead of adding another; so one that says the same again is not told again.
    """

    def __init__(self, kube: Kube, namespace: str, on_warning: Callable[[str, str, str], None]) -> None:
        self._kube, self._namespace, self._on_warning = kube, namespace, on_warning
        self._told: set[tuple[str, str]] = set()
        self._stop = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"warnings in {self._namespace}", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        path, first = collection("v1", "events", self._namespace), True
        while not self._stop.is_set():
            with suppress(ApiError, ValueError):  # ValueError: the stream was cut in the middle of an event
                listed = self._kube.call(f"list the events in {self._namespace}", "GET", path)
                for event in listed["items"]:
                    self._take(event, quiet=first)
                first = False
                for change in self._kube.watch(path, listed["metadata"]["resourceVersion"]):
                    if self._stop.is_set() or change["type"] == "ERROR":
                        break
                    if change["type"] in ("ADDED", "MODIFIED"):
                        self._take(change["object"], quiet=False)
            self._stop.wait(RETRY_SECONDS)

    def _take(self, event: dict[str, Any], *, quiet: bool) -> None:
        about, said = event["involvedObject"], " ".join(str(event.get("message", "")).split())
        key = (str(about.get("uid")), f"{event.get('reason')}: {said}")
        if event.get("type") != "Warning" or key in self._told:
            return
        self._told.add(key)
        if not quiet:
            self._on_warning(str(about.get("kind")), str(about.get("name")), key[1])
