"""Watches an update of one resource come true: its rollout, and that the newest revision answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scripts.cluster.kube import Kube
from scripts.core.errors import UserError
from scripts.engine import rollout, served
from scripts.engine.diagnose import explain
from scripts.engine.live import LiveImage
from scripts.engine.logs import LogStore
from scripts.engine.mirror import Mirror, Object
from scripts.engine.model import K8sResource, Sync

SERVED_SECONDS = 10.0
TELL_AFTER_SECONDS = 1.5
MODULE_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".css")
WATCHED_KINDS = ("Deployment", "StatefulSet")


class NotServed(UserError):
    """The newest revision does not answer. This may heal by itself: a slow start, a dependency that comes back."""

    def __init__(self, what: str, fix: str = "", *, heals: bool = True) -> None:
        super().__init__(what, fix)
        self.heals = heals


class Proof:
    """`begin` starts an update; then `verdict` and `is_served` are asked until they say yes or raise NotServed."""

    def __init__(
        self, resource: K8sResource, mirror: Mirror, kube: Kube, logs: LogStore, node_url: Callable[[int], str]
    ) -> None:
        self.resource = resource
        self._mirror, self._kube, self._logs, self._node_url = mirror, kube, logs, node_url
        self._loop_began = datetime.now(UTC)
        self._generations: dict[tuple[str, str], int] = {}
        self._syncs: Sequence[Sync] = ()
        self._began = self._ready_at = 0.0
        self._mark = self._matches = 0

    def expect(self, applied: Iterable[Mapping[str, Any]]) -> None:
        """The objects as the server took them: what the mirror has may still be older."""
        for item in applied:
            self._generations[item["kind"], item["metadata"]["name"]] = item["metadata"].get("generation", 0)

    def begin(self, syncs: Sequence[Sync]) -> None:
        self._syncs = syncs
        self._began, self._ready_at = time.monotonic(), 0.0
        self._mark, self._matches = self._logs.number, 0

    def pods(self) -> list[Object]:
        return [pod for workload in self._workloads() for pod in self._pods_of(workload)]

    def verdict(self) -> rollout.Verdict:
        """Of the first workload that is not done. Raises NotServed when a pod will not start."""
        described = self._described()
        workloads = self._workloads()
        if len(workloads) < len(described):
            return rollout.Verdict(False, detail="waits for the cluster to take it")
        for workload in workloads:
            waited = time.monotonic() - self._began
            found = rollout.verdict(workload, self._pods_of(workload), datetime.now(UTC), waited)
            if found.failure:
                raise NotServed(self._with_reason(found.failure), f"./dev logs {self.resource.name}")
            if not found.done:
                return found
        return rollout.Verdict(True)

    def revision(self, live: LiveImage) -> str:
        """The revision that must answer, from the sources here; "" for services that tell none."""
        roots = served.ROOTS.get(live.image.context.name)
        return served.revision(live.image.context, roots) if roots else ""

    def is_served(self, expected: str, times: int, *, restart: bool) -> bool:
        """True once `expected` answered `times` in a row. Raises NotServed when it is clear that it will not.

        With `restart`, pods from before this loop that serve something else are replaced once.
        """
        self._ready_at = self._ready_at or time.monotonic()
        where = served.endpoint(self.resource)
        if not expected or where is None:
            return True
        told = served.told_by_service(self._kube, where)
        outside = served.told_by_url(self._node_url(where.node_port)) if told and where.node_port else told
        self._matches = self._matches + 1 if told == outside == expected else 0
        if self._matches >= times:
            return True
        waited = time.monotonic() - self._ready_at
        if waited > TELL_AFTER_SECONDS and not self._matches:
            if restart and told and self._replace_old_pods():
                self.begin(self._syncs)
                return False
            if reason := self._reason():
                raise NotServed(reason, "mend it and save")
            if waited > SERVED_SECONDS:
                what = f"revision {expected} is not served {waited:.0f} s after its update"
                raise NotServed(what, f"./dev logs {self.resource.name}")
        return False

    def broken_module(self, targets: Iterable[str]) -> str:
        """A front end compiles on request: ask for what was synced. The reason in its log, if one does not compile."""
        where = served.endpoint(self.resource)
        for target in targets if where and where.node_port else ():
            for sync in self._syncs:
                path = f"/{sync.source.name}{target.removeprefix(sync.dest)}"
                if target.startswith(sync.dest) and target.endswith(MODULE_SUFFIXES) and where:
                    status, _ = self._kube.service(where.namespace, where.service, where.port, path)
                    if status >= 400 and (reason := self._reason()):
                        return reason
        return ""

    def _reason(self) -> str:
        return explain((line.text for line in self._logs.after(self._mark, self.resource.name)), self._syncs)

    def _with_reason(self, failure: str) -> str:
        return f"{failure}: {reason}" if (reason := self._reason()) else failure

    def _replace_old_pods(self) -> bool:
        """Another loop may have changed the files of pods that are older than this one: have them made anew."""
        old = [pod for pod in self.pods() if _created(pod) < self._loop_began]
        for pod in old:
            meta = pod["metadata"]
            self._kube.call(f"replace pod {meta['name']}", "DELETE", self._kube.path({"apiVersion": "v1", **pod}))
        return bool(old)

    def _described(self) -> list[tuple[str, str]]:
        objects = self.resource.objects
        return [(item["kind"], item["metadata"]["name"]) for item in objects if item["kind"] in WATCHED_KINDS]

    def _workloads(self) -> list[Object]:
        """Those that the mirror has as new as they were applied."""
        found = [(key, self._mirror.get(*key)) for key in self._described()]
        return [item for key, item in found
                if item and item["metadata"].get("generation", 0) >= self._generations.get(key, 0)]  # fmt: skip

    def _pods_of(self, workload: Object) -> list[Object]:
        return rollout.current_pods(workload, self._mirror.all("ReplicaSet"), self._mirror.all("Pod"))


def _created(pod: Object) -> datetime:
    return datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
