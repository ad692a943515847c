"""Brings one Kubernetes resource up to date and keeps it so: build, deploy, update in place, prove what is served."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster.kube import Kube
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.engine import assemble, deploy, sync
from scripts.engine.board import Board, Status, Update
from scripts.engine.build import Builder
from scripts.engine.ignore import Ignore
from scripts.engine.inbox import Inbox, Work
from scripts.engine.live import LiveImage
from scripts.engine.logs import LogStore
from scripts.engine.mirror import Mirror, running
from scripts.engine.model import Image, K8sResource
from scripts.engine.plan import Plan
from scripts.engine.podlogs import PodLogs
from scripts.engine.proof import NotServed, Proof

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


class Interrupted(Exception):
    """Newer work arrived: what was waited for may never come."""


class Rebuild(Exception):
    """A live update cannot do it; the message says why."""


class Clock:
    """Seconds of each stage of an update, measured from the end of the one before."""

    def __init__(self, began: float) -> None:
        self.stages: dict[str, float] = {}
        self.began = self._latest = began

    def mark(self, stage: str) -> None:
        now = time.monotonic()
        self.stages[stage] = now - self._latest
        self._latest = now


class K8sWorker(threading.Thread):
    """One thread a resource: its updates never overlap, those of different resources do."""

    def __init__(self, resource: K8sResource, images: Sequence[tuple[Image, Ignore]], tools: Tools) -> None:
        super().__init__(name=f"worker {resource.name}", daemon=True)
        self.resource = resource
        self.inbox = Inbox()
        self.proof = Proof(resource, tools.mirror, tools.kube, tools.logs, tools.node_url)
        self._tools = tools
        self._images = [LiveImage(*pair) for pair in images]
        self._deployed = self._rolling = self._may_heal = False
        self._containers: set[str] = set()

    def run(self) -> None:
        if self.resource.auto_init:
            self._attempt(Work(rebuild="first start", at=time.monotonic()))
        else:
            self._set("idle", "starts by its button")
        while not (work := self.inbox.take(RECHECK_SECONDS if self._may_heal else None)).stop:
            self._attempt(work)

    def concerns(self, path: Path) -> bool:
        return any(live.may_matter(path) for live in self._images)

    def pods_changed(self) -> None:
        """Called by the mirror's threads: wakes the worker when its set of running containers is another."""
        if self._observe() and self._deployed:
            self.inbox.put(Work(pods=True))

    def _observe(self) -> bool:
        """Follow the logs of the current pods; True when other containers run than before."""
        pods = self.proof.pods()
        self._tools.pod_logs.follow(self.resource.name, pods)
        now = {container.id for live in self._images if live.built for container in running(pods, live.built.ref)}
        before, self._containers = self._containers, now
        return now != before

    def _attempt(self, work: Work) -> None:
        """Do it; a mistake of the user becomes the state of the resource, newer work ends it quietly."""
        try:
            self._handle(work)
        except Interrupted:
            self._may_heal = True  # what it waited for is looked at again if the newer work turns out to be none
        except UserError as error:
            self._fail(error)
        except Exception as error:  # the loop must outlive a defect of one update; it is told with its type
            self._fail(UserError(f"{type(error).__name__}: {error}", "this is a defect of the engine"))

    def _handle(self, work: Work) -> None:
        if work.definition:
            resource, images = work.definition
            assert isinstance(resource, K8sResource)
            self.resource = self.proof.resource = resource
            for live, (image, ignored) in zip(self._images, images, strict=True):
                live.image, live.ignore = image, ignored
        started = self._deployed or not self.resource.manual
        if work.rebuild or (started and work.urgent and (work.definition or not self._deployed)):
            self._full(work.rebuild or "its definition changed", work.at or time.monotonic())
        elif self._deployed and (work.paths or work.everything):
            self._update(work)
        elif self._may_heal or self._tools.board.status(self.resource.name) == "ok":
            self._recheck()
        elif self._deployed:
            self._bring_up_to_date()

    # From source to cluster

    def _full(self, why: str, at: float) -> None:
        """Build, deploy, wait for the rollout and until the new revision is served."""
        clock = Clock(at)
        if self._images:
            self._set("building", why)
            clock.mark("detect")
            with ThreadPoolExecutor(len(self._images)) as pool:
                list(pool.map(self._build, self._images))
            clock.mark("build")
        if not self._deployed:  # only the first deployment waits for others, as with Tilt
            board, others = self._tools.board, self.resource.resource_deps
            if not board.await_green(self.resource.name, others, lambda: self.inbox.stopping):
                raise Interrupted
            if self._images and others:
                clock.mark("wait")
        self._set("deploying")
        built = {live.image.ref: live.built.ref for live in self._images if live.built}
        applied = deploy.apply(self._tools.kube, [assemble.inject(item, built) for item in self.resource.objects])
        clock.mark("apply")
        self._deployed = self._rolling = True
        self.proof.expect(applied)
        self._settle(clock)
        self._done("rebuild" if self._images else "deploy", why, clock)

    def _build(self, live: LiveImage) -> None:
        previous = live.built
        with self._tools.slots, self._tools.steps.step(f"Build {live.image.ref}") as step:
            live.begin_build()

            def heard(line: str) -> None:
                step.note(line)
                if line.strip():
                    self._tools.logs.add(self.resource.name, f"build | {line}")

            live.built = self._tools.builder.build(live.image, heard)
            step.note(live.built.ref.rpartition(":")[2])
        if previous and previous.image_id != live.built.image_id:
            self._tools.builder.forget(previous)

    # Updates in place

    def _update(self, work: Work) -> None:
        """Sync what changed, or rebuild where the rules say so."""
        clock = Clock(work.at or time.monotonic())
        everything = work.everything
        plans = [live.plan(live.everything() if everything else live.concerns(work.paths)) for live in self._images]
        active = [plan for plan in plans if plan.action != "none"]
        if not active:
            return
        if rebuild := next((plan for plan in active if plan.action == "rebuild"), None):
            self._rebuild(rebuild.why, clock.began)
            return
        clock.mark("detect")
        self._set("updating", active[0].why)
        try:
            self._bring_up_to_date()
        except Rebuild as reason:
            self._rebuild(str(reason), clock.began)
            return
        clock.mark("sync")
        self._settle(clock)
        targets = [copy.target for plan in active for copy in plan.copies]
        self._check_modules(targets)
        self._done(active[0].action, active[0].why, clock, (*targets, *active[0].removes))

    def _rebuild(self, why: str, at: float) -> None:
        if self.resource.manual:
            self._set("idle", f"{why}: waits for its button")
        else:
            self._full(why, at)

    def _bring_up_to_date(self) -> None:
        """Send every running container what it lacks, all at once. Raises Rebuild, or UserError for a failed run."""
        pods = self.proof.pods()
        jobs = []
        for live in self._images:
            for container in running(pods, live.built.ref) if live.built and live.image.rules else ():
                plan, changed = live.plan_for(container.id)
                if plan.action == "rebuild":
                    raise Rebuild(plan.why)
                if plan.action != "none":
                    jobs.append((live, container, plan, changed))
        if not jobs:
            return

        def send(container: sync.Container, plan: Plan) -> sync.Outcome:
            return sync.carry_out(self._tools.kube, container, plan)

        with ThreadPoolExecutor(len(jobs)) as pool:
            outcomes = list(pool.map(lambda job: send(job[1], job[2]), jobs))
        for (live, container, _, changed), outcome in zip(jobs, outcomes, strict=True):
            for line in outcome.output.splitlines():
                self._tools.logs.add(self.resource.name, f"update | {line}")
            if outcome.stage in ("ok", "run"):
                live.arrived(container.id, changed)
            else:
                raise Rebuild(f"the update in place failed: {outcome.message}")
        if failed := next((outcome for outcome in outcomes if outcome.stage == "run"), None):
            raise UserError(failed.message, "mend it and save again")

    # Proof

    def _settle(self, clock: Clock) -> None:
        """Wait until the newest revision is served; after a deployment also until all pods are new and ready."""
        self.proof.begin([step for live in self._images for step in live.image.rules.syncs])
        while True:
            if self.inbox.urgent:
                raise Interrupted
            self._observe()
            verdict = self.proof.verdict()
            try:
                self._bring_up_to_date()
            except Rebuild as reason:
                raise UserError(str(reason), "save the file again to rebuild") from None
            if self._rolling and not verdict.done:
                self._set("deploying", verdict.detail)
                self._tools.mirror.wait(0.5)
                continue
            if self._rolling and "rollout" not in clock.stages:
                clock.mark("rollout")
            expected = next((found for live in self._images if (found := self.proof.revision(live))), "")
            if self.proof.is_served(expected, max(1, len(self._containers)), restart=self._rolling):
                self._rolling = False
                if expected:
                    clock.mark("served")
                    self._tools.board.define(self.resource.name, revision=expected)
                return
            self._tools.mirror.wait(POLL_SECONDS)

    def _check_modules(self, targets: Sequence[str]) -> None:
        if reason := self.proof.broken_module(targets):
            raise NotServed(reason, "mend it and save", heals=False)

    def _recheck(self) -> None:
        """Pods changed, or an error may have healed by itself."""
        if not self._may_heal:
            self._set("updating", "its pods changed")
        self._settle(Clock(time.monotonic()))
        self._may_heal = False
        self._set("ok")

    # What the board shows

    def _set(self, status: Status, detail: str = "") -> None:
        self._tools.board.set(self.resource.name, status, detail)

    def _done(self, action: str, why: str, clock: Clock, files: tuple[str, ...] = ()) -> None:
        update = Update(self.resource.name, action, why, clock.stages, time.monotonic() - clock.began, files=files)
        self._tools.board.record(update)
        self._tools.logs.add(self.resource.name, f"update | {update.line()}")
        self._may_heal = False
        self._set("ok")

    def _fail(self, error: UserError) -> None:
        board, name = self._tools.board, self.resource.name
        if not (self._may_heal and board.status(name) == "error"):  # a recheck tells nothing new
            self._tools.logs.add(name, f"error | {error}")
            board.record(Update(name, "update", error.what, {}, 0.0, error=error.what))
        self._may_heal = isinstance(error, NotServed) and error.heals
        self._set("error", str(error))
