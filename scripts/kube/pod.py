"""Reads pods as the API describes them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Container:
    """A running container; `id` changes with every restart."""

    namespace: str
    pod: str
    name: str
    id: str


def statuses(pod: Object) -> list[Object]:
    """Statuses of all containers, init containers first."""
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]


def waits_for(container: Object) -> str:
    """Why a container does not run, by its status; "" if it does. Kubernetes 1.37 leaves one that it restarts later
    `terminated` for as long as it waits, where earlier ones say CrashLoopBackOff."""
    state = container.get("state", {})
    failed = state.get("terminated", {}).get("exitCode", 0) != 0 and container.get("restartCount", 0) > 0
    return "CrashLoopBackOff" if failed else str(state.get("waiting", {}).get("reason", ""))


def last_end(container: Object) -> Object:
    """How it ended, now or the time before."""
    ended: Object = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated", {})
    return ended


def last_life(container: Object) -> float:
    """For how many seconds a container that runs again had run when it failed; infinite if it has not failed."""
    ended = container.get("lastState", {}).get("terminated", {})
    if "running" not in container.get("state", {}) or not ended.get("exitCode"):
        return math.inf
    times = [datetime.fromisoformat(ended[name]) for name in ("startedAt", "finishedAt") if ended.get(name)]
    return (times[-1] - times[0]).total_seconds() if times else 0.0


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


def is_ready(pod: Object) -> bool:
    """Whether it takes traffic."""
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions(pod))


def conditions(item: Object) -> Sequence[Object]:
    found: Sequence[Object] = item.get("status", {}).get("conditions") or ()
    return found


def observation(workloads: Iterable[Object], pods: Iterable[Object]) -> frozenset[tuple[object, ...]]:
    """What a resource has to look at again when it changes: what is wanted, what runs, and whether it is well."""
    seen: set[tuple[object, ...]] = set()
    for item in workloads:
        meta, status = item["metadata"], item.get("status", {})
        failing = tuple(sorted(found["type"] for found in conditions(item) if found["type"] == "ReplicaFailure"))
        ready = status.get("readyReplicas", 0), status.get("replicas", 0), status.get("updatedReplicas", 0)
        seen.add((meta["uid"], meta.get("generation"), item["spec"].get("replicas"), ready, failing))
    for pod in pods:
        seen.add((pod["metadata"]["uid"], pod.get("status", {}).get("phase"), is_ready(pod)))
        for item in statuses(pod):
            waiting = item.get("state", {}).get("waiting", {}).get("reason")
            seen.add((pod["metadata"]["uid"], item["name"], item.get("containerID"), item.get("ready"), waiting))
    return frozenset(seen)


def newest_ready(pods: Iterable[Object]) -> tuple[str, str] | None:
    """Namespace and name of the newest pod that takes traffic."""
    pod = max(filter(is_ready, pods), key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)
    return (pod["metadata"]["namespace"], pod["metadata"]["name"]) if pod else None


def summary(pod: Object) -> dict[str, Any]:
    """A pod as people see it: `state` is the reason why it is not ready, "ready" when it is; `since` is when it was
    made; `last` is how its newest container that ended came to its end."""
    meta, containers = pod["metadata"], statuses(pod)
    reasons = [
        found.get("reason") or kind for item in containers for kind, found in (item.get("state") or {}).items()
        if kind == "waiting" or (kind == "terminated" and found.get("exitCode"))
    ]  # fmt: skip
    phase = str(pod.get("status", {}).get("phase", "Pending"))
    ended = [item["lastState"]["terminated"] for item in containers if (item.get("lastState") or {}).get("terminated")]
    newest = max(ended, key=lambda item: str(item.get("finishedAt")), default=None)
    return {
        "name": meta["name"],
        "state": "ready" if is_ready(pod) else (reasons or ["not ready" if phase == "Running" else phase])[0],
        "restarts": sum(item.get("restartCount", 0) for item in containers),
        "since": str(meta.get("creationTimestamp", "")),
        "last": f"{newest.get('reason') or 'ended'}, exit code {newest.get('exitCode')}" if newest else "",
    }


def shell_of(pods: Iterable[Object], kubectl: str) -> str:
    """The command that opens a shell in the newest pod that takes traffic, begun by `kubectl`; "" without one."""
    found = newest_ready(pods)
    return f"{kubectl} exec -it -n {found[0]} {found[1]} -- sh" if found else ""
