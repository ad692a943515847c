"""Watches an update of one resource come true: its rollout, and that the newest revision answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from scripts.core.errors import UserError
from scripts.engine.model import Image, K8sResource, Sync
from scripts.engine.pods.mirror import Mirror, Object, identities
from scripts.engine.proof import endpoint, rollout
from scripts.engine.proof.reason import explain
from scripts.engine.record.board import Clock
from scripts.engine.record.logs import LogStore
from scripts.engine.update.contents import LiveImage
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError

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
    """`begin` starts an update, and `expect` tells of a rollout; then `look` until it is done or raises NotServed.

    `older` are the ids of pods and containers from before this proof; `served` is the revision that answered.
    """

    def __init__(
        self,
        resource: K8sResource,
        mirror: Mirror,
        kube: Kube,
        logs: LogStore,
        node_url: Callable[[int], str],
        revision_of: Callable[[Image], str],
    ) -> None:
        self.resource = resource
        self.older = identities(mirror.all("Pod"))
        self.served = ""
        self._mirror, self._kube, self._logs, self._node_url = mirror, kube, logs, node_url
        self._revision_of = revision_of
        self._generations: dict[tuple[str, str], int] = {}
        self._replaced: set[str] = set()
        self._rolling = False
        self.begin(())

    def begin(self, syncs: Sequence[Sync]) -> None:
        """What the log says from here on may tell why it is not served: call it before anything can go wrong."""
        self._syncs = syncs
        self._began, self._ready_at = time.monotonic(), 0.0
        self._mark, self._matches = self._logs.number, 0
        self._seen = rollout.Sightings()

    def expect(self, applied: Iterable[Mapping[str, Any]]) -> None:
        """A rollout, and the objects as the server took them: what the mirror has may still be older."""
        self._rolling = True
        for item in applied:
            self._generations[item["kind"], item["metadata"]["name"]] = item["metadata"].get("generation", 0)

    def pods(self) -> list[Object]:
        """The current ones of all workloads."""
        return [pod for workload in self._workloads() for pod in self._pods_of(workload)]

    def stuck(self, images: Collection[str]) -> list[Object]:
        """Current pods that no file sent to them would help; `images` are the ones that files are sent to."""
        return [pod for pod in self.pods() if rollout.stuck(pod, images)]

    def replace(self, pods: Iterable[Object]) -> None:
        """Have them made anew; they do not count from here on."""
        for pod in pods:
            meta = pod["metadata"]
            self._replaced.add(meta["uid"])
            try:
                self._kube.call(f"replace pod {meta['name']}", "DELETE", self._kube.path({"apiVersion": "v1", **pod}))
            except ApiError as error:
                if error.status != 404:
                    raise

    def look(self, images: Iterable[LiveImage], times: int, clock: Clock) -> rollout.Verdict:
        """Done when the newest revision answers `times` in a row, after a rollout also all pods are new and ready.

        `detail` says what a rollout waits for. Raises NotServed when it is clear that it will not come true.
        """
        verdict = self._verdict()
        if not verdict.done and (self._rolling or verdict.failure):
            return verdict
        if self._rolling and "rollout" not in clock.stages:
            clock.mark("rollout")
        expected = next((found for live in images if (found := self._revision(live))), "")
        if not self._is_served(expected, times):
            return rollout.Verdict(False)
        self._rolling, self.served = False, expected
        if expected:
            clock.mark("served")
        return rollout.Verdict(True)

    def _verdict(self) -> rollout.Verdict:
        """Of the first workload that is not done."""
        described = self._described()
        workloads = self._workloads()
        if len(workloads) < len(described):
            return rollout.Verdict(False, detail="waits for the cluster to take it")
        now = time.monotonic()
        for workload in workloads:
            found = rollout.verdict(workload, self._pods_of(workload), self._seen, now, now - self._began)
            if found.done:
                continue
            reason = self._reason() if found.failure or found.slow else ""
            if reason and not found.failure:
                raise NotServed(reason, "mend it and save")
            # The log comes by a way of its own, and has to be given the time to tell the reason.
            if found.failure and (reason or self._seen.age(now, found.failure) >= TELL_AFTER_SECONDS):
                what = f"{found.failure}: {reason}" if reason else found.failure
                raise NotServed(what, f"./dev logs {self.resource.name}")
            return found
        return rollout.Verdict(True)

    def _revision(self, live: LiveImage) -> str:
        """The revision that must answer, from the sources here; "" for services that tell none."""
        return self._revision_of(live.image)

    def _is_served(self, expected: str, times: int) -> bool:
        """After a rollout, pods from before this loop that serve something else are replaced once."""
        self._ready_at = self._ready_at or time.monotonic()
        where = endpoint.endpoint(self.resource)
        if not expected or where is None:
            return True
        told = endpoint.revision_via_service(self._kube, where)
        outside = endpoint.revision_via_url(self._node_url(where.node_port)) if told and where.node_port else told
        self._matches = self._matches + 1 if told == outside == expected else 0
        if self._matches >= times:
            return True
        waited = time.monotonic() - self._ready_at
        if waited > TELL_AFTER_SECONDS and not self._matches:
            old = [pod for pod in self.pods() if pod["metadata"]["uid"] in self.older] if self._rolling and told else ()
            if old:
                self.replace(old)
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
        where = endpoint.endpoint(self.resource)
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

    def _described(self) -> list[tuple[str, str]]:
        objects = self.resource.objects
        return [(item["kind"], item["metadata"]["name"]) for item in objects if item["kind"] in WATCHED_KINDS]

    def _workloads(self) -> list[Object]:
        """Those that the mirror has as new as they were applied."""
        found = [(key, self._mirror.get(*key)) for key in self._described()]
        return [item for key, item in found
                if item and item["metadata"].get("generation", 0) >= self._generations.get(key, 0)]  # fmt: skip

    def _pods_of(self, workload: Object) -> list[Object]:
        found = rollout.current_pods(workload, self._mirror.all("ReplicaSet"), self._mirror.all("Pod"))
        return [pod for pod in found if pod["metadata"]["uid"] not in self._replaced]
