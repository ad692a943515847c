"""Warning events: those that are new, each once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from scripts.kube.pod import shell_of, summary
from scripts.kube.warnings import Warnings

SECONDS = 10


def event(name: str, message: str, kind: str = "Warning") -> dict[str, Any]:
    about = {"kind": "Pod", "name": name, "uid": f"uid-{name}"}
    return {"type": kind, "reason": "BackOff", "message": message, "involvedObject": about}


class Events(Kube):
    """Its first watch breaks."""

    def __init__(self) -> None:
        self.lists = [[event("web", "old")], [event("web", "old"), event("web", "in between")]]
        self.watched = 0
        self.done = threading.Event()

    def call(self, doing: str, method: str, path: str, **options: Any) -> Any:
        items = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        return {"items": items, "metadata": {"resourceVersion": "7"}}

    def watch(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        self.watched += 1
        if self.watched == 1:
            yield {"type": "ADDED", "object": event("web", "new")}
            yield {"type": "MODIFIED", "object": event("web", "new")}
            yield {"type": "ADDED", "object": event("web", "fine", "Normal")}
            yield {"type": "BOOKMARK", "object": {}}
            raise ApiError("watch", 0, "cut")
        self.done.set()
        self.done.wait()


def test_new_warnings_are_told_once_and_those_of_a_gap_too(monkeypatch: Any) -> None:
    monkeypatch.setattr("scripts.kube.warnings.RETRY_SECONDS", 0.01)
    kube, told = Events(), list[tuple[str, str, str]]()
    warnings = Warnings(kube, "n", lambda *what: told.append(what))
    warnings.start()
    assert kube.done.wait(SECONDS)
    warnings.stop()
    assert told == [("Pod", "web", "BackOff: new"), ("Pod", "web", "BackOff: in between")]


def pod(ready: str, state: dict[str, Any], restarts: int = 0, last: dict[str, Any] | None = None) -> dict[str, Any]:
    container = {
        "name": "web",
        "state": state,
        "restartCount": restarts,
        "lastState": {"terminated": last} if last else {},
    }
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}], "containerStatuses": [container]}
    meta = {"name": "web-1", "namespace": "n", "creationTimestamp": "2026-01-05T10:00:00Z"}
    return {"metadata": meta, "status": status}


def test_a_pod_is_told_with_why_it_is_not_ready_and_how_it_ended_before() -> None:
    crashed = pod("False", {"waiting": {"reason": "CrashLoopBackOff"}}, 3, {"reason": "OOMKilled", "exitCode": 137})
    assert summary(crashed) == {
        "name": "web-1", "state": "CrashLoopBackOff", "restarts": 3, "since": "2026-01-05T10:00:00Z",
        "last": "OOMKilled, exit code 137",
    }  # fmt: skip
    assert summary(pod("True", {"running": {}}))["state"] == "ready"
    assert summary(pod("False", {"running": {}}))["state"] == "not ready"
    assert summary({"metadata": {"name": "new"}})["state"] == "Pending"


def test_a_shell_is_that_of_a_pod_that_is_ready() -> None:
    kubectl = "kubectl --context kind-work"
    assert shell_of([pod("True", {"running": {}})], kubectl) == f"{kubectl} exec -it -n n web-1 -- sh"
    assert shell_of([pod("False", {"running": {}})], kubectl) == ""
