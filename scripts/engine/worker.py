"""Brings one Kubernetes resource up to date and keeps it so: build, deploy, update in place, prove what is served."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.engine import assemble, deploy, rollout, served, sync
from scripts.engine.board import Board, Update
from scripts.engine.build import Builder
from scripts.engine.diagnose import explain
from scripts.engine.ignore import Ignore
from scripts.engine.inbox import Inbox, Work
from scripts.engine.kube import Kube
from scripts.engine.live import LiveImage
from scripts.engine.logs import LogStore
from scripts.engine.mirror import Mirror, Object, running
from scripts.engine.model import Image, K8sResource
from scripts.engine.plan import Plan
from scripts.engine.podlogs import PodLogs

SERVED_SECONDS = 8.0
TELL_AFTER_SECONDS = 1.5
RECHECK_SECONDS = 2.0
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Tools:
    """What all workers of a loop share."""

    kube: Kube
    builder: Builder
    board: Board
    logs: LogStore
    pod_logs: PodLogs
    mirror: Mirror
    steps: Steps
    slots: threading.Semaphore
    node_url: Callable[[int], str]
    started: datetime


class Interrupted(Exception):
    """Newer work arrived: what was waited for may never come."""


class NotServed(UserError):
    """The newest revision does not answer. This may heal by itself: a slow start, a dependency that comes back."""


class Rebuild(Exception):
    """A live update cannot do it; the message says why."""


class K8sWorker(threading.Thread):
    """One thread a resource: its updates never overlap, those of different resources do."""

    def __init__(self, resource: K8sResource, images: Mapping[str, tuple[Image, Ignore]], tools: Tools) -> None:
        super().__init__(name=f"worker {resource.name}", daemon=True)
        self.resource = resource
        self.inbox = Inbox()
        self._tools = tools
        self._images = [LiveImage(*images[ref]) for ref in resource.images]
        self._deployed = False
        self._may_heal = False
        self._containers: set[str] = set()

    def run(self) -> None:
        if self.resource.auto_init:
            self._attempt(lambda: self._full("first start", time.monotonic()))
        else:
            self._set("idle", "starts by its button")
        while True:
            work = self.inbox.take(RECHECK_SECONDS if self._may_heal else None)
            if work.stop:
                return
            self._attempt(lambda work=work: self._handle(work))  # type: ignore[misc]

    def pods_changed(self) -> None:
        """Called by the mirror's threads: wakes the worker when its set of containers is another."""
        pods = self.pods()
        self._tools.pod_logs.follow(self.resource.name, pods)
        now = {container.id for live in self._images if live.built for container in running(pods, live.built.ref)}
        if now != self._containers:
            self._containers = now
            if self._deployed:
                self.inbox.put(pods=True)

    def pods(self) -> list[Object]:
        return [pod for workload in self._workloads() for pod in self._pods_of(workload)]

    def _attempt(self, work: Callable[[], None]) -> None:
        """Do it; a mistake of the user becomes the state of the resource, newer work ends it quietly."""
        try:
            work()
        except Interrupted:
            pass
        except UserError as error:
            self._fail(error)
        except Exception as error:  # the loop must outlive a defect of one update; it is told with its type
            self._fail(UserError(f"{type(error).__name__}: {error}", "this is a defect of the engine"))

    def _handle(self, work: Work) -> None:
        if work.definition:
            resource, images, ignores = work.definition
            assert isinstance(resource, K8sResource)
            self.resource = resource
            for live, image, ignored in zip(self._images, images, ignores, strict=True):
                live.image, live.ignore = image, ignored
        if work.rebuild or work.definition or not self._deployed:
            if work.urgent and (not self.resource.manual or work.rebuild):
                self._full(work.rebuild or "its definition changed", work.at or time.monotonic())
        elif work.paths or work.everything:
            self._update(work)
        elif self._may_heal or self._tools.board.status(self.resource.name) == "ok":
            self._recheck()
        else:
            self._bring_up_to_date()

    # From source to cluster

    def _full(self, why: str, at: float) -> None:
        """Build, deploy, wait for the rollout and until the new revision is served."""
        stages: dict[str, float] = {}
        clock = _Clock(stages, at)
        if self._images:
            self._set("building", why)
            clock.mark("detect")
            with ThreadPoolExecutor(len(self._images)) as pool:
                list(pool.map(self._build, self._images))
            clock.mark("build")
        self._await_dependencies()
        clock.skip()
        self._set("deploying")
        built = {live.image.ref: live.built.ref for live in self._images if live.built}
        deploy.apply(self._tools.kube, [assemble.inject(item, built) for item in self.resource.objects])
        clock.mark("apply")
        self._deployed = True
        self._settle(clock, rolled_out=True)
        self._done("deploy" if not self._images else "rebuild", why, clock)

    def _build(self, live: LiveImage) -> None:
        previous = live.built
        with self._tools.slots, self._tools.steps.step(f"Build {live.image.ref}") as step:
            live.begin_build()

            def heard(line: str) -> None:
                step.note(line)
                self._tools.logs.add(self.resource.name, f"build | {line}")

            live.built = self._tools.builder.build(live.image, heard)
            step.latest = live.built.ref.rpartition(":")[2]
        if previous and previous.ref != live.built.ref:
            self._tools.builder.forget(previous)

    def _await_dependencies(self) -> None:
        """Only the first deployment waits, as with Tilt."""
        if self._deployed:
            return
        board = self._tools.board

        def waiting() -> list[str]:
            return [name for name in self.resource.resource_deps if board.status(name) != "ok"]

        if missing := waiting():
            self._set("waiting", f"for {', '.join(missing)}")
            board.wait_for(lambda: self.inbox.stopping or not waiting())
            if self.inbox.stopping:
                raise Interrupted

    # Updates in place

    def _update(self, work: Work) -> None:
        """Sync what changed, or rebuild where the rules say so."""
        clock = _Clock({}, work.at or time.monotonic())
        plans: list[Plan] = []
        for live in self._images:
            paths = live.everything() if work.everything else live.concerns(work.paths)
            plans.append(live.plan(paths))
        if rebuild := next((plan for plan in plans if plan.action == "rebuild"), None):
            self._rebuild(rebuild.why, clock.began)
            return
        active = [plan for plan in plans if plan.action != "none"]
        if not active:
            return
        clock.mark("detect")
        self._set("updating", active[0].why)
        try:
            self._bring_up_to_date()
        except Rebuild as reason:
            self._rebuild(str(reason), clock.began)
            return
        clock.mark("sync")
        files = tuple(copy.target for plan in active for copy in plan.copies)
        self._settle(clock, rolled_out=False)
        self._done(active[0].action, active[0].why, clock, files)

    def _rebuild(self, why: str, at: float) -> None:
        if self.resource.manual:
            self._set("idle", f"{why}: waits for its button")
            return
        self._full(why, at)

    def _bring_up_to_date(self) -> None:
        """Send every running container what it lacks, all at once. Raises Rebuild, or UserError for a failed run."""
        jobs: list[tuple[LiveImage, sync.Container]] = []
        pods = self.pods()
        for live in self._images:
            if live.built and live.image.rules:
                for container in running(pods, live.built.ref):
                    if not live.knows(container.id):
                        self._adopt(live, container, pods)
                    jobs.append((live, container))
        if not jobs:
            return
        with ThreadPoolExecutor(len(jobs)) as pool:
            outcomes = list(pool.map(lambda job: self._send(*job), jobs))
        for outcome in outcomes:
            if outcome.output:
                for line in outcome.output.splitlines():
                    self._tools.logs.add(self.resource.name, f"update | {line}")
        for outcome in outcomes:
            if outcome.stage in ("remove", "unpack", "broken"):
                raise Rebuild(f"the update in place failed: {outcome.message}")
        for outcome in outcomes:
            if outcome.stage == "run":
                raise UserError(outcome.message, "mend it and save again")

    def _adopt(self, live: LiveImage, container: sync.Container, pods: list[Object]) -> None:
        """A container that is older than this loop may have been changed by another: look at its files."""
        remote = None
        pod = next(pod for pod in pods if pod["metadata"]["name"] == container.pod)
        if datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) < self._tools.started:
            remote = sync.remote_digests(self._tools.kube, container, live.targets())
        live.adopt(container.id, remote)

    def _send(self, live: LiveImage, container: sync.Container) -> sync.Outcome:
        plan, changed = live.plan_for(container.id)
        if plan.action == "none":
            return sync.Outcome("ok")
        if plan.action == "rebuild":
            return sync.Outcome("broken", plan.why)
        outcome = sync.carry_out(self._tools.kube, container, plan)
        if outcome.stage in ("ok", "run"):
            live.arrived(container.id, changed)
        return outcome

    # Proof

    def _settle(self, clock: _Clock, *, rolled_out: bool) -> None:
        """Wait until the newest revision is served; with `rolled_out` also until all pods are new and ready."""
        tools, where = self._tools, served.endpoint(self.resource)
        mark, began, ready_at, matches = tools.logs.number, time.monotonic(), 0.0, 0
        if not self._workloads_described():
            return
        while True:
            if self.inbox.urgent:
                raise Interrupted
            now = time.monotonic()
            verdict = self._verdict(now - began)
            if verdict.failure:
                reason = explain(line.text for line in tools.logs.after(mark, self.resource.name))
                raise NotServed(verdict.failure + (f": {reason}" if reason else ""), f"./dev logs {self.resource.name}")
            try:
                self._bring_up_to_date()
            except Rebuild as reason:
                raise UserError(str(reason), "save the file again to rebuild") from None
            if rolled_out and not verdict.done:
                self._set("deploying", verdict.detail)
                tools.mirror.wait(0.5)
                continue
            if rolled_out and not ready_at:
                clock.mark("rollout")
            ready_at = ready_at or now
            expected = self._expected()
            if where is None or not expected:
                return
            matches = matches + 1 if self._told(where) == expected else 0
            if matches >= max(1, len(self._containers)):
                clock.mark("served")
                tools.board.define(self.resource.name, revision=expected)
                return
            if not matches:
                self._complain(now - ready_at, mark, expected)
                tools.mirror.wait(POLL_SECONDS)

    def _told(self, where: served.Endpoint) -> str:
        """The revision that answers, in the cluster and where there is one through the node port."""
        told = served.told_by_service(self._tools.kube, where)
        if told and where.node_port:
            outside = served.told_by_url(self._tools.node_url(where.node_port))
            return told if outside == told else ""
        return told

    def _complain(self, waited: float, mark: int, expected: str) -> None:
        """Raise once it is clear that the revision will not come by itself, with the reason from the log if any."""
        if waited < TELL_AFTER_SECONDS:
            return
        syncs = [step for live in self._images for step in live.image.rules.syncs]
        lines = [line.text for line in self._tools.logs.after(mark, self.resource.name)]
        if reason := explain(lines, syncs):
            raise NotServed(reason, "mend it and save")
        if waited > SERVED_SECONDS:
            raise NotServed(
                f"revision {expected} is not served {waited:.0f} s after its update",
                f"./dev logs {self.resource.name}",
            )

    def _expected(self) -> str:
        """The revision that must answer; "" for resources that have none."""
        for live in self._images:
            if roots := served.ROOTS.get(live.image.context.name):
                return served.revision(live.image.context, roots, live.ignore.ignores)
        return ""

    def _recheck(self) -> None:
        """Pods changed, or an error may have healed by itself."""
        if not self._may_heal:
            self._set("updating", "its pods changed")
        self._settle(_Clock({}, time.monotonic()), rolled_out=False)
        self._may_heal = False
        self._set("ok")

    def _verdict(self, waited: float) -> rollout.Verdict:
        for workload in self._workloads():
            verdict = rollout.verdict(workload, self._pods_of(workload), datetime.now(UTC), waited)
            if not verdict.done:
                return verdict
        missing = len(self._workloads()) < len(self._workloads_described())
        return rollout.Verdict(not missing, detail="waits for the cluster" if missing else "")

    def _workloads_described(self) -> list[tuple[str, str]]:
        kinds = ("Deployment", "StatefulSet")
        return [(item["kind"], item["metadata"]["name"]) for item in self.resource.objects if item["kind"] in kinds]

    def _workloads(self) -> list[Object]:
        found = (self._tools.mirror.get(kind, name) for kind, name in self._workloads_described())
        return [item for item in found if item is not None]

    def _pods_of(self, workload: Object) -> list[Object]:
        mirror = self._tools.mirror
        return rollout.current_pods(workload, mirror.all("ReplicaSet"), mirror.all("Pod"))

    # What the board shows

    def _set(self, status: str, detail: str = "") -> None:
        self._tools.board.set(self.resource.name, status, detail)  # type: ignore[arg-type]

    def _done(self, action: str, why: str, clock: _Clock, files: tuple[str, ...] = ()) -> None:
        update = Update(self.resource.name, action, why, clock.stages, time.monotonic() - clock.began, files=files)
        self._tools.board.record(update)
        self._tools.logs.add(self.resource.name, f"update | {update.line()}")
        self._may_heal = False
        self._set("ok")

    def _fail(self, error: UserError) -> None:
        self._may_heal = isinstance(error, NotServed)
        if self._tools.board.status(self.resource.name) != "error":
            self._tools.logs.add(self.resource.name, f"error | {error}")
            self._tools.board.record(Update(self.resource.name, "update", error.what, {}, 0.0, error=error.what))
        self._set("error", str(error))


class _Clock:
    """Seconds of each stage, measured from the end of the one before."""

    def __init__(self, stages: dict[str, float], began: float) -> None:
        self.stages = stages
        self.began = began
        self._latest = began

    def mark(self, stage: str) -> None:
        now = time.monotonic()
        self.stages[stage] = now - self._latest
        self._latest = now

    def skip(self) -> None:
        self._latest = time.monotonic()
