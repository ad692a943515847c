"""Looks at the cluster for one resource: pods, rollout, and the revision that answers. `judge` says what it means."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scripts.engine.proof import endpoint, rollout
from scripts.engine.proof.judge import Judgement, Seen, judge
from scripts.engine.proof.reason import explain
from scripts.engine.proof.warning import WarningEvents
from scripts.engine.record.logs import LogStore
from scripts.engine.update import deploy
from scripts.kube.api import Kube
from scripts.kube.mirror import WORKLOADS, Mirror
from scripts.kube.pod import Object, identities, observation, running
from scripts.tiltfile.manifests import key_of
from scripts.tiltfile.model import K8sResource, Sync

OUR_LINES = "error |"  # repeat what was found before


@dataclass(frozen=True)
class Instruments:
    """What a prover asks with: the API, the mirror of it, the log, and URLs of this machine by NodePort."""

    kube: Kube
    mirror: Mirror
    logs: LogStore
    node_url: Callable[[int], str]


class Prover:
    """`begin` starts the clocks of an update, `expect` announces a rollout; `look` may be called at any time.

    `older` are the ids of pods and containers from before this prover; `served` is the revision that answered last;
    `loaded_at` is when all pods had answered with the newest (monotonic, 0 before that).
    """

    def __init__(self, resource: K8sResource, instruments: Instruments) -> None:
        self.resource = resource
        self.served = ""
        self.rolled_out = False
        self._kube, self._mirror, self._logs = instruments.kube, instruments.mirror, instruments.logs
        self._node_url = instruments.node_url
        self.older = identities(self._mirror.all("Pod"))
        self._seen = rollout.FirstSeen(self.older)
        self._applied: dict[tuple[str, str, str], tuple[str, int]] = {}  # uid and generation
        self._replaced: set[str] = set()
        self._warnings = WarningEvents(instruments.kube)
        self._rolling = False
        self.begin(())

    def begin(self, syncs: Sequence[Sync]) -> None:
        """What the log says from here on may explain a failure: call it before anything can go wrong."""
        self._syncs = syncs
        self._began, self._ready_at, self.loaded_at = time.monotonic(), 0.0, 0.0
        self._mark = self._logs.number
        self._seen.begin()
        self.rolled_out = False

    def restart_clocks(self) -> None:
        """What failed has changed: give it time again, and keep what the log says of it."""
        self._began, self._ready_at = time.monotonic(), 0.0

    def expect(self, applied: Iterable[Mapping[str, Any]]) -> None:
        """A rollout, and the objects as the server took them: the mirror's may still be older."""
        self._rolling = True
        for item in applied:
            self._applied[key_of(item)] = item["metadata"].get("uid", ""), item["metadata"].get("generation", 0)

    def reloads(self) -> bool:
        """Whether files that were sent are not yet what all pods answer with, as far as they can be asked."""
        return not self.loaded_at and self._endpoint() is not None

    def pods(self) -> list[Object]:
        """The current pods of all workloads."""
        return [pod for _, workload in self._workloads() if workload for pod in self._current(workload)]

    def observation(self) -> object:
        """Another value than before whenever the resource has to be looked at again."""
        found = [workload for _, workload in self._workloads(newest=False) if workload]
        return len(found), observation(found, [pod for item in found for pod in self._current(item)])

    def stuck(self, images: Collection[str]) -> list[Object]:
        """Pods that no file sent to them would help; `images` are those that files are sent to. Of a StatefulSet also
        the ones of an older revision: Kubernetes does not replace a broken one by itself (kubernetes#67250)."""
        found = []
        for _, workload in self._workloads():
            if workload and workload["kind"] == "StatefulSet":
                near = self._mirror.all("Pod", key_of(workload)[1])
                pods = [pod for pod in rollout.owned(workload, near) if self._counts(pod)]
            else:
                pods = self._current(workload) if workload else []
            found += [pod for pod in pods if rollout.stuck(pod, images)]
        return found

    def replace(self, pods: Iterable[Object]) -> None:
        """Delete pods, for their workload to make new ones; they do not count from here on."""
        for pod in pods:
            deploy.remove(self._kube, {"apiVersion": "v1", **pod})
            self._replaced.add(pod["metadata"]["uid"])

    def look(self, revisions: Sequence[tuple[str, str]], modules: Collection[str]) -> tuple[Judgement, frozenset[str]]:
        """Judge what is there now, and the modules that compile. `revisions` are those of the sources here, each with
        what the pods name the image that tells it."""
        found = judge(self.resource.name, seen := self._see(revisions))
        if found.replace:
            self.replace([pod for pod in self.pods() if pod["metadata"]["uid"] in self.older])
            self.begin(self._syncs)
        if not found.served:
            current = {pod["metadata"]["uid"] for pod in self.pods()}
            self.replace(pod for pod in self.stuck([]) if pod["metadata"]["uid"] not in current)
            return found, frozenset()
        compiled, broken = self._compile(modules)
        if broken:
            age = self._seen.seconds_since(time.monotonic(), "broken", broken)
            seen = replace(seen, broken=broken, reason=self._reason(), failing_for=age)
            return judge(self.resource.name, seen), compiled
        self._rolling, self.served = False, seen.expected
        return found, compiled

    def _see(self, revisions: Sequence[tuple[str, str]]) -> Seen:
        now = time.monotonic()
        waited = now - self._began
        for key, workload in self._workloads():
            if workload is None:
                if self._mirror.get(*key) is None:
                    return Seen(waited, gone=f"{key[0]} {key[2]}", was_there=not self._rolling)
                return Seen(waited, rollout=rollout.not_observed(f"{key[0]} {key[2]}", waited))
            replicas = self._described()[key]
            found = rollout.verdict(workload, replicas, self._current(workload), self._seen, now, waited)
            if not found.done:
                reason = self._reason() if found.failure or found.slow else ""
                age = self._seen.seconds_since(now, found.failure) if found.failure else 0.0
                warning = self._warnings.latest([workload, *self._current(workload)], now) if waited > 2 else ""
                return Seen(waited, rollout=found, reason=reason, failing_for=age, warning=warning)
        self.rolled_out = True
        self._ready_at = self._ready_at or now
        expected, answers = self._answers(revisions)
        unserved = any(revision != expected for revision in answers.values())
        told = f"{expected} does not load"  # by the reloader of a service
        lines = self._logs.after(self._mark, self.resource.name) if unserved and expected else []
        return Seen(
            waited,
            rollout=rollout.Verdict(done=True),
            expected=expected,
            answers=answers,
            ready_for=now - self._ready_at,
            reason=self._reason() if unserved else "",
            refused=any(told in line.text for line in lines),
            outdated=self._rolling and any(pod["metadata"]["uid"] in self.older for pod in self.pods()),
        )

    def _answers(self, revisions: Sequence[tuple[str, str]]) -> tuple[str, dict[str, str]]:
        """The revision of the sources here, and what is answered by each running pod, the Service and the URL.

        Pods are asked one by one: of several behind a Service, any may answer.
        """
        where = self._endpoint()
        if not revisions or where is None:
            return "", {}
        expected, ref = revisions[0]
        answers: dict[str, str] = {}
        for container in running(self.pods(), ref) if where.target else ():
            answers[container.pod] = endpoint.revision_via_pod(self._kube, container, where.target)
        if all(revision == expected for revision in answers.values()):
            self.loaded_at = self.loaded_at or time.monotonic()
            answers[where.service] = endpoint.revision_via_service(self._kube, where)
            if where.node_port and answers[where.service] == expected:
                url = self._node_url(where.node_port)
                answers[url] = endpoint.revision_via_url(url)
        return expected, answers

    def _compile(self, modules: Collection[str]) -> tuple[frozenset[str], str]:
        """A front end compiles on request: ask for each module, one after another. Those that compile, and the first
        that does not; what is not there (404) is no module."""
        where = self._endpoint()
        if where is None or not where.node_port:
            return frozenset(modules), ""
        compiled, broken = set[str](), ""
        for path in sorted(modules):
            status, _ = self._kube.service(where.namespace, where.service, where.port, path)
            if 0 < status < 500:
                compiled.add(path)
            else:
                broken = broken or path
            if not status:  # took the whole timeout: the others would too
                break
        return frozenset(compiled), broken

    def _endpoint(self) -> endpoint.Endpoint | None:
        """Where the resource answers; of a workload that is described without replicas, nothing does."""
        return None if 0 in self._described().values() else endpoint.endpoint(self.resource)

    def _reason(self) -> str:
        lines = (line.text for line in self._logs.after(self._mark, self.resource.name))
        return explain((text for text in lines if not text.startswith(OUR_LINES)), self._syncs)

    def _described(self) -> dict[tuple[str, str, str], int]:
        """Kind, namespace and name of each workload, and its replicas."""
        objects = (item for item in self.resource.objects if item["kind"] in WORKLOADS)
        return {key_of(item): (item.get("spec") or {}).get("replicas", 1) for item in objects}

    def _workloads(self, *, newest: bool = True) -> list[tuple[tuple[str, str, str], Object | None]]:
        """Each described workload; None where the mirror has none (as new as it was applied)."""
        found = []
        for key in self._described():
            item = self._mirror.get(*key)
            uid, generation = self._applied.get(key, ("", 0))
            # An object that somebody deleted and made again counts from 1.
            same = newest and item is not None and item["metadata"].get("uid") == uid
            old = same and item is not None and item["metadata"].get("generation", 0) < generation
            found.append((key, None if old else item))
        return found

    def _counts(self, pod: Object) -> bool:
        return pod["metadata"]["uid"] not in self._replaced and not pod["metadata"].get("deletionTimestamp")

    def _current(self, workload: Object) -> list[Object]:
        sets, pods = (self._mirror.all(kind, key_of(workload)[1]) for kind in ("ReplicaSet", "Pod"))
        return [pod for pod in rollout.current_pods(workload, sets, pods) if self._counts(pod)]
