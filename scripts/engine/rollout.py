"""Judges a rollout from the objects of the cluster: done, under way, or hopeless and why. Pure: time is passed in.

A pod that cannot start is told by its reason within that reason's own deadline, not by a long timeout for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Object = Mapping[str, Any]

# Seconds that a reason may last before it counts as failed: some heal by themselves (a Secret about to be made).
WAITING_DEADLINES = {
    "InvalidImageName": 0,
    "ErrImageNeverPull": 2,
    "ImagePullBackOff": 5,
    "ErrImagePull": 15,
    "CreateContainerConfigError": 10,
    "CreateContainerError": 15,
    "RunContainerError": 10,
    "CrashLoopBackOff": 0,
}
UNSCHEDULABLE_SECONDS = 30
RESTARTS_ALLOWED = 2
ROLLOUT_SECONDS = 180


@dataclass(frozen=True)
class Verdict:
    """`failure` is one line for a person; `detail` what it waits for."""

    done: bool
    failure: str = ""
    detail: str = ""


def owned(owner: Object, items: Iterable[Object]) -> list[Object]:
    uid = owner["metadata"]["uid"]
    return [item for item in items if any(ref["uid"] == uid for ref in item["metadata"].get("ownerReferences", ()))]


def current_pods(workload: Object, replica_sets: Sequence[Object], pods: Sequence[Object]) -> list[Object]:
    """The pods of the newest revision of a workload, without those that are going away."""
    owner: Object | None = workload
    if workload["kind"] == "Deployment":
        sets = owned(workload, replica_sets)
        owner = max(sets, key=_revision, default=None)
    found = owned(owner, pods) if owner else []
    if workload["kind"] == "StatefulSet" and (newest := workload.get("status", {}).get("updateRevision")):
        found = [pod for pod in found if pod["metadata"]["labels"].get("controller-revision-hash") == newest]
    return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]


def _revision(replica_set: Object) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision", 0))


def verdict(workload: Object, pods: Sequence[Object], now: datetime, waited: float) -> Verdict:
    """`pods` are the current ones; `waited` seconds since the rollout began."""
    name = workload["metadata"]["name"]
    for pod in pods:
        if reason := pod_failure(pod, now):
            return Verdict(False, reason)
    wanted = workload["spec"].get("replicas", 1)
    status = workload.get("status", {})
    seen = status.get("observedGeneration", 0) >= workload["metadata"].get("generation", 0)
    updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    settled = status.get("replicas", 0) == wanted or workload["kind"] == "StatefulSet"
    if seen and updated >= wanted and ready >= wanted and settled:
        return Verdict(True)
    detail = next((text for pod in pods if (text := pod_detail(pod))), f"{ready}/{wanted} pods are ready")
    if waited > ROLLOUT_SECONDS:
        return Verdict(False, f"{name} is not ready after {ROLLOUT_SECONDS} s: {detail}")
    return Verdict(False, "", detail)


def _containers(pod: Object) -> list[Object]:
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]


def _age(pod: Object, now: datetime) -> float:
    stamp = pod["status"].get("startTime") or pod["metadata"]["creationTimestamp"]
    return (now - datetime.fromisoformat(stamp)).total_seconds()


def pod_failure(pod: Object, now: datetime) -> str:
    """Why a pod will not start; "" while it still may."""
    name = pod["metadata"]["name"]
    status = pod.get("status", {})
    age = _age(pod, now)
    for condition in status.get("conditions", ()):
        if condition.get("reason") == "Unschedulable" and age > UNSCHEDULABLE_SECONDS:
            return f"pod {name} cannot be scheduled: {condition.get('message', '').splitlines()[0]}"
    for container in _containers(pod):
        waiting = container.get("state", {}).get("waiting", {})
        reason = waiting.get("reason", "")
        where = f"container {container['name']} of pod {name}"
        if reason == "CrashLoopBackOff" and container.get("restartCount", 0) < RESTARTS_ALLOWED:
            continue  # a dependency may only now have come up
        if reason in WAITING_DEADLINES and age >= WAITING_DEADLINES[reason]:
            ended = container.get("lastState", {}).get("terminated", {})
            if ended:
                how = "out of memory" if ended.get("reason") == "OOMKilled" else f"exit status {ended.get('exitCode')}"
                return f"{where} keeps ending with {how} ({container['restartCount']} restarts)"
            return f"{where}: {reason}: {waiting.get('message', '').strip() or 'no message'}"
    if status.get("phase") == "Failed":
        return f"pod {name} failed: {status.get('message') or status.get('reason') or 'see its log'}"
    return ""


def pod_detail(pod: Object) -> str:
    """What a pod is at, for the time until it is ready."""
    for container in _containers(pod):
        state = container.get("state", {})
        if "waiting" in state and state["waiting"].get("reason") not in (None, "PodInitializing"):
            return f"{container['name']}: {state['waiting']['reason']}"
        if not container.get("ready") and "running" in state:
            return f"{container['name']} is running, not ready yet"
    return ""
