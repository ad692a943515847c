"""Judges a rollout from the objects of the cluster: done, under way, or hopeless and why. Pure: time is passed in.

Each reason for which a pod does not start has its own deadline, instead of one long timeout for all.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from scripts.kube.pod import Object, conditions, last_end, last_life, statuses, waits_for

# Seconds that a reason may last before it counts as failed: some go away (a Secret about to be made).
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
REPLICA_FAILURE_SECONDS = 3
UNSCHEDULABLE_SECONDS = 30
SLOW_SECONDS = 10
RESTARTS_ALLOWED = 2
STEADY_SECONDS = 30  # of a life before its failure: after so long it was no crash loop
ROLLOUT_SECONDS = 180


@dataclass(frozen=True)
class Verdict:
    """`failure` and `detail` are for a person: why it does not come up, what it waits for. `redeploy`: only another
    deployment helps. `slow`: a container runs, but has not been ready for long."""

    done: bool = False
    failure: str = ""
    detail: str = ""
    redeploy: bool = False
    slow: bool = False


class FirstSeen:
    """When things were first seen, by this machine's clock: the cluster's may differ, and a pod's age says little.
    `older` are the ids of containers that ran before anybody looked."""

    def __init__(self, older: Iterable[str] = ()) -> None:
        self._first: dict[tuple[str, ...], float] = {}
        self._runs = dict.fromkeys(older, -math.inf)

    def begin(self) -> None:
        """Forget all but for how long containers run."""
        self._first.clear()

    def running_seconds(self, now: float, container: str) -> float:
        return now - self._runs.setdefault(container, now)

    def seconds_since(self, now: float, *key: str) -> float:
        """0 for a thing that is seen for the first time."""
        return now - self._first.setdefault(key, now)

    def forget(self, *key: str) -> None:
        self._first.pop(key, None)


def owned(owner: Object, items: Iterable[Object]) -> list[Object]:
    uid = owner["metadata"]["uid"]
    return [item for item in items if any(ref["uid"] == uid for ref in item["metadata"].get("ownerReferences", ()))]


def current_pods(workload: Object, replica_sets: Sequence[Object], pods: Sequence[Object]) -> list[Object]:
    """The pods of the newest revision of a workload, without those that are going away."""
    owner: Object | None = workload
    if workload["kind"] == "Deployment":
        owner = max(owned(workload, replica_sets), key=_revision, default=None)
    found = owned(owner, pods) if owner else []
    if workload["kind"] == "StatefulSet" and (newest := workload.get("status", {}).get("updateRevision")):
        found = [pod for pod in found if pod["metadata"]["labels"].get("controller-revision-hash") == newest]
    return [pod for pod in found if not pod["metadata"].get("deletionTimestamp")]


def _revision(replica_set: Object) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get("deployment.kubernetes.io/revision", 0))


def verdict(
    workload: Object, replicas: int, pods: Sequence[Object], seen: FirstSeen, now: float, waited: float
) -> Verdict:
    """`replicas` are described; `pods` are the current ones, as far as they are known: nobody asks the others. `waited`
    seconds since the rollout began (`now` is monotonic)."""
    kind, name, uid = workload["kind"], workload["metadata"]["name"], workload["metadata"]["uid"]
    slow = any([unready_seconds(pod, seen, now) >= SLOW_SECONDS for pod in pods])
    wanted = workload["spec"].get("replicas", 1)
    if wanted == 0 and replicas:
        what = f"{kind} {name} is scaled to 0 replicas, {replicas} are described"
        return Verdict(failure=what, detail=what, redeploy=True)
    if reason := next(filter(None, (pod_failure(pod, seen, now) for pod in pods)), ""):
        return Verdict(failure=reason, detail="it does not start")
    refused = next((item for item in conditions(workload) if item["type"] == "ReplicaFailure"), None)
    if refused and refused["status"] == "True":
        what = f"{kind} {name} cannot create its pods: {refused.get('message') or refused.get('reason')}"
        late = seen.seconds_since(now, uid, "ReplicaFailure") >= REPLICA_FAILURE_SECONDS
        return Verdict(failure=what if late else "", detail=what)
    status = workload.get("status", {})
    observed = status.get("observedGeneration", 0) >= workload["metadata"].get("generation", 0)
    updated, ready = status.get("updatedReplicas", 0), min(status.get("readyReplicas", 0), len(pods))
    settled = status.get("replicas", 0) == wanted or kind == "StatefulSet"
    lacking = next((text for pod in pods if (text := pod_detail(pod, seen, now))), "")
    if observed and updated >= wanted and ready >= wanted and settled and not lacking:
        return Verdict(done=True)
    detail = lacking or f"{ready}/{wanted} pods are ready"
    if waited > ROLLOUT_SECONDS:
        return Verdict(failure=f"{name} is not ready after {ROLLOUT_SECONDS} s: {detail}", detail=detail)
    return Verdict(detail=detail, slow=slow)


def not_observed(name: str, waited: float) -> Verdict:
    """Of a workload whose newest state has not come from the cluster."""
    detail = f"waits for the cluster to report {name}"
    failure = f"the cluster has not reported the change of {name} for {ROLLOUT_SECONDS} s"
    return Verdict(failure=failure if waited > ROLLOUT_SECONDS else "", detail=detail)


def pod_failure(pod: Object, seen: FirstSeen, now: float) -> str:
    """Why a pod will not start; "" while it still may."""
    name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
    status = pod.get("status", {})
    for condition in conditions(pod):
        reason = condition.get("reason", "")
        if reason == "Unschedulable" and seen.seconds_since(now, uid, reason) >= UNSCHEDULABLE_SECONDS:
            message = condition.get("message") or "the scheduler gives no reason"
            return f"pod {name} cannot be scheduled: {message.splitlines()[0]}"
    for container in statuses(pod):
        waiting, reason = container.get("state", {}).get("waiting", {}), waits_for(container)
        where, again = f"container {container['name']} of pod {name}", may_end_again(container, seen, now)
        if (again or reason == "CrashLoopBackOff") and container.get("restartCount", 0) < RESTARTS_ALLOWED:
            continue  # a dependency may only now have come up
        deadline = WAITING_DEADLINES.get(reason)
        if again or deadline is not None and seen.seconds_since(now, uid, container["name"], reason) >= deadline:
            if ended := last_end(container):
                how = "out of memory" if ended.get("reason") == "OOMKilled" else f"exit status {ended.get('exitCode')}"
                return f"{where} keeps ending with {how} ({container['restartCount']} restarts)"
            return f"{where}: {reason}: {waiting.get('message', '').strip() or 'no message'}"
    if status.get("phase") == "Failed":
        return f"pod {name} failed: {status.get('message') or status.get('reason') or 'see its log'}"
    return ""


def may_end_again(container: Object, seen: FirstSeen, now: float) -> bool:
    """Whether it failed after a short life, and has not run for longer now: without a readiness probe it is ready from
    the moment of its start, in a crash loop too."""
    life = last_life(container)
    return life < STEADY_SECONDS and seen.running_seconds(now, container.get("containerID", "")) <= life + 1


def stuck(pod: Object, images: Collection[str]) -> bool:
    """Whether a pod does not start, now or at its next try: by itself, or since an init container of `images` fails."""
    if pod.get("status", {}).get("phase") == "Failed":
        return True
    if any(waits_for(item) in WAITING_DEADLINES for item in statuses(pod)):
        return True
    own = {item["name"] for item in pod["spec"].get("initContainers", ()) if item["image"] in images}
    ends = (last_end(item) for item in pod.get("status", {}).get("initContainerStatuses", ()) if item["name"] in own)
    return any(ended.get("exitCode", 0) != 0 for ended in ends)


def unready_seconds(pod: Object, seen: FirstSeen, now: float) -> float:
    """How long a container of a pod has been running without being ready."""
    ages = [0.0]
    for item in pod.get("status", {}).get("containerStatuses", ()):
        key = (pod["metadata"]["uid"], item["name"], item.get("containerID", ""), "unready")
        if "running" in item.get("state", {}) and not item.get("ready"):
            ages.append(seen.seconds_since(now, *key))
        else:
            seen.forget(*key)
    return max(ages)


def pod_detail(pod: Object, seen: FirstSeen, now: float) -> str:
    """What a pod waits for; "" when it is ready."""
    for container in statuses(pod):
        state = container.get("state", {})
        if "waiting" in state and state["waiting"].get("reason") not in (None, "PodInitializing"):
            return f"{container['name']}: {state['waiting']['reason']}"
        if not container.get("ready") and "running" in state:
            return f"{container['name']} is running, not ready yet"
        if may_end_again(container, seen, now):
            return f"{container['name']} runs again after it failed"
    return ""
