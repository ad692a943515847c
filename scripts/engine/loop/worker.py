"""Brings one Kubernetes resource up to date and keeps it so: build, deploy, update in place, prove what is served."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.engine.loop.inbox import Definition, Inbox, Interrupted, Work
from scripts.engine.manifests import inject
from scripts.engine.model import Image, K8sResource
from scripts.engine.pods.logs import PodLogs
from scripts.engine.pods.mirror import Mirror
from scripts.engine.proof.judge import NotServed, Proof
from scripts.engine.proof.rollout import Verdict
from scripts.engine.record.board import Board, Clock, Status, Update
from scripts.engine.record.logs import LogStore
from scripts.engine.update import deploy
from scripts.engine.update.build import Builder
from scripts.engine.update.images import Images, Pairs, Rebuild
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError

RECHECK_SECONDS = 2.0
ROLLOUT_POLL_SECONDS, SERVED_POLL_SECONDS = 0.5, 0.02


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
    revision_of: Callable[[Image], str]


class K8sWorker(threading.Thread):
    """One thread a resource: its updates never overlap, those of different resources do."""

    def __init__(self, resource: K8sResource, images: Pairs, tools: Tools) -> None:
        super().__init__(name=f"worker {resource.name}", daemon=True)
        self.resource = resource
        self.inbox = Inbox()
        self.proof = Proof(resource, tools.mirror, tools.kube, tools.logs, tools.node_url, tools.revision_of)
        self._tools = tools
        self._images = Images(images, tools.builder)
        self._deployed = self._may_heal = False
        self._owed = ""  # why to build and deploy, until it has come to the cluster
        self._containers: set[str] = set()

    def run(self) -> None:
        if self.resource.auto_init:
            self._attempt(Work(rebuild="first start", at=time.monotonic()))
        else:
            self._set("idle", "starts by its button")
        while not (work := self.inbox.take(RECHECK_SECONDS if self._may_heal else None)).stop:
            self._attempt(work)

    def concerns(self, path: Path) -> bool:
        return self._images.may_matter(path)

    def pods_changed(self) -> None:
        """Called by the mirror's threads: wakes the worker when its set of running containers is another."""
        if self._observe() and self._deployed:
            self.inbox.put(Work(pods=True))

    def _observe(self) -> bool:
        """Follow the logs of the current pods; True when other containers run than before."""
        pods = self.proof.pods()
        self._tools.pod_logs.follow(self.resource.name, pods, self.proof.older)
        before, self._containers = self._containers, self._images.containers(pods)
        return self._containers != before

    def _attempt(self, work: Work) -> None:
        """Do it; a mistake of the user becomes the state of the resource, newer work ends it quietly."""
        try:
            try:
                self._handle(work)
            except Rebuild as reason:
                self._rebuild(reason.what, work.at or time.monotonic())
        except Interrupted:
            self._may_heal = True  # what it waited for is looked at again if the newer work turns out to be none
        except UserError as error:
            self._fail(error)
        except Exception as error:  # the loop must outlive a defect of one update; it is told with its type
            self._fail(UserError(f"{type(error).__name__}: {error}", "this is a defect of the engine"))

    def _handle(self, work: Work) -> None:
        changed = bool(work.definition and self._redefine(work.definition))
        due = "its definition changed" if changed else self._owed or ("" if self._deployed else "first start")
        at = work.at or time.monotonic()
        if work.rebuild:
            self._full(work.rebuild, at)
        elif work.urgent and due and (self._deployed or not self.resource.manual):
            self._rebuild(due, at)
        elif self._deployed and (work.paths or work.everything) and self._update(work):
            return
        elif self._may_heal or (work.pods and self._tools.board.status(self.resource.name) == "ok"):
            self._recheck()
        elif work.pods and self._deployed:
            self._send()

    def _redefine(self, definition: Definition) -> bool:
        """Take what the Tiltfile now says; whether anything is to be built or applied. Links and labels are not."""
        resource, images = definition
        assert isinstance(resource, K8sResource)
        before, self.resource = self.resource, resource
        self.proof.resource = resource
        return self._images.redefine(images) or resource.objects != before.objects

    # From source to cluster

    def _rebuild(self, why: str, at: float) -> None:
        if self.resource.manual:
            self._owed, self._may_heal = why, False
            self._set("idle", f"{why}: waits for its button")
        else:
            self._full(why, at)

    def _full(self, why: str, at: float) -> None:
        """Build, deploy, wait for the rollout and until the new revision is served."""
        clock, tools, name = Clock(at), self._tools, self.resource.name
        self._owed = why
        if self._images:
            self._set("building", why)
            clock.mark("detect")
        made = self._images.build(tools.slots, tools.steps, lambda line: tools.logs.add(name, f"build | {line}"))
        if self._images:
            clock.mark("build")
        if not self._deployed:  # only the first deployment waits for others, as with Tilt
            others = self.resource.resource_deps
            if not tools.board.await_green(name, others, lambda: self.inbox.superseded):
                raise Interrupted
            if self._images and others:
                clock.mark("wait")
        if self.inbox.stopping:  # another worker has it now, or it is no longer described
            raise Interrupted
        self._set("deploying")
        self.proof.begin(self._images.syncs())
        refs = {item.live.image.ref: item.built.ref for item in made}
        applied = deploy.apply(tools.kube, [inject(item, refs) for item in self.resource.objects])
        self._images.deployed(made)
        self._owed, self._deployed = "", True
        clock.mark("apply")
        self.proof.expect(applied)
        self.proof.replace(self.proof.stuck(self._images.refs()))  # those of a workload that is as it was
        self._settle(clock)
        self._done("rebuild" if self._images else "deploy", why, clock)

    # Updates in place

    def _update(self, work: Work) -> bool:
        """Sync what changed; False when nothing did. Raises Rebuild where the rules say so."""
        clock = Clock(work.at or time.monotonic())
        plans = self._images.plans(work.paths, work.everything)
        if not plans:
            return False
        if self.proof.stuck(self._images.refs()):
            raise Rebuild(f"{plans[0].why}, and its pod does not start")
        clock.mark("detect")
        self._set("updating", plans[0].why)
        self.proof.begin(self._images.syncs())
        self._send()
        clock.mark("sync")
        self._settle(clock)
        if reason := self.proof.broken_module([copy.target for plan in plans for copy in plan.copies]):
            raise NotServed(reason, "mend it and save", heals=False)
        self._done(plans[0].action, plans[0].why, clock)
        return True

    def _send(self) -> None:
        logs, name = self._tools.logs, self.resource.name
        self._images.send(self._tools.kube, self.proof.pods(), lambda line: logs.add(name, f"update | {line}"))

    # Proof

    def _settle(self, clock: Clock) -> None:
        """Wait until the newest revision is served; after a deployment also until all pods are new and ready."""
        while True:
            if self.inbox.urgent:
                raise Interrupted
            seen = self._look(clock)
            if seen.done:
                return
            if seen.detail:
                self._set("deploying", seen.detail)
            self._tools.mirror.wait(ROLLOUT_POLL_SECONDS if seen.detail else SERVED_POLL_SECONDS)

    def _look(self, clock: Clock) -> Verdict:
        """Whether it is served now; `detail` says what the rollout waits for. Raises NotServed if it will not be."""
        self._observe()
        self._send()
        seen = self.proof.look(self._images.live, max(1, len(self._containers)), clock)
        if seen.done and self.proof.served:
            self._tools.board.define(self.resource.name, revision=self.proof.served)
        return seen

    def _recheck(self) -> None:
        """Pods changed; or what failed or was interrupted may have come true by itself: a red row stays until then."""
        clock = Clock(time.monotonic())
        red = self._tools.board.status(self.resource.name) == "error"
        if self._owed:
            if red:
                self._tools.kube.call("reach the cluster", "GET", "/version")
            return self._full(self._owed, clock.began)
        if red and not self._look(clock).done:
            return
        if not red:
            if not self._may_heal:
                self.proof.begin(self._images.syncs())
                self._set("updating", "its pods changed")
            self._settle(clock)
        self._may_heal = False
        self._set("ok")

    # What the board shows

    def _set(self, status: Status, detail: str = "") -> None:
        self._tools.board.set(self.resource.name, status, detail)

    def _done(self, action: str, why: str, clock: Clock) -> None:
        name = self.resource.name
        update = Update(name, action, why, clock.stages, time.monotonic() - clock.began)
        self._tools.board.record(update)
        self._tools.logs.add(name, f"update | {update.line()}")
        self._may_heal = False
        self._set("ok")

    def _fail(self, error: UserError) -> None:
        """Show it, unless another worker has the row, or this was a look at whether an error has healed."""
        board, name = self._tools.board, self.resource.name
        unanswered = isinstance(error, ApiError) and error.transient
        heals = unanswered or (isinstance(error, NotServed) and error.heals)
        if self.inbox.stopping or (heals and self._may_heal and board.status(name) == "error"):
            return
        self._tools.logs.add(name, f"error | {error}")
        board.record(Update(name, "update", error.what, {}, 0.0, error=error.what))
        self._may_heal = heals
        self._set("error", str(error))
