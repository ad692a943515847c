"""Runs the actions of one Kubernetes resource's state machine, and feeds back how they ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from scripts.core.errors import UserError
from scripts.engine.loop.events import (
    BUG,
    Action,
    ActionFailed,
    Apply,
    ApplyEnded,
    Attempt,
    Build,
    BuildEnded,
    ClusterChanged,
    Dependencies,
    Event,
    Failure,
    Look,
    Looked,
    Record,
    Redefined,
    Scan,
    Scanned,
    Send,
    SendEnded,
    Started,
    Stop,
    Stopping,
    Tick,
    Wait,
)  # fmt: skip
from scripts.engine.loop.inbox import Inbox, NewDefinition
from scripts.engine.loop.state import State, shown
from scripts.engine.loop.step import decide, observe
from scripts.engine.loop.tools import Tools
from scripts.engine.proof.prover import Prover
from scripts.engine.record.board import Clock, Update
from scripts.engine.update import deploy
from scripts.engine.update.images import ImageBuild, Images, ImageSpecs
from scripts.kube.errors import ApiError
from scripts.kube.pod import shell_of, summary
from scripts.tiltfile.manifests import inject
from scripts.tiltfile.model import K8sResource


class K8sWorker(threading.Thread):
    """One thread a resource: its updates never overlap, those of different resources do."""

    def __init__(self, resource: K8sResource, images: ImageSpecs, tools: Tools) -> None:
        super().__init__(name=f"worker {resource.name}", daemon=True)
        self.resource = resource
        self.inbox = Inbox()
        self.prover = Prover(resource, tools.instruments)
        self._tools, self._kube, self._logs = tools, tools.instruments.kube, tools.instruments.logs
        self._images = Images(images, tools.builder, tools.sources_of)
        self._builds: list[ImageBuild] = []
        self._state = State(manual=resource.manual)
        self._clock = Clock(time.monotonic())
        self._observation: object = None
        self._missing: tuple[str, ...] = ()
        self._news = threading.Lock()
        self.applying = threading.Lock()

    def run(self) -> None:
        self.dependencies_changed()
        events: Sequence[Event | NewDefinition] = [Started(self.resource.auto_init, time.monotonic())]
        while True:
            for event in [*events, *self.inbox.take(0)]:
                self._observe(event)
            self._state, action = decide(self._state)
            self._show()
            if isinstance(action, Stop):
                return self._images.close()
            events = self._wait(action) if isinstance(action, Wait) else [self._run(action)]

    # What others tell it, from their own threads

    def pods_changed(self) -> None:
        """Follow the logs of the current pods, and look again when something is not as it was."""
        pods, name = self.prover.pods(), self.resource.name
        if not self.inbox.stopping:  # else another worker may have them
            self._tools.pod_logs.follow(name, pods, self.prover.older)
            self._tools.board.change(name, pods=tuple(map(summary, pods)), shell=shell_of(pods, self._kube.kubectl))
        before, self._observation = self._observation, self.prover.observation()
        if self._observation != before:
            self.inbox.put(ClusterChanged())

    def dependencies_changed(self) -> None:
        with self._news:  # called by several threads: what is read first is put first
            board, others = self._tools.board, self.resource.resource_deps
            missing = tuple(name for name in others if board.status(name) != "ok")
            if missing != self._missing:
                self._missing = missing
                self.inbox.put(Dependencies(missing))

    # The state

    def _observe(self, event: Event | NewDefinition) -> None:
        before = self._state
        self._state, record = observe(before, self._redefine(event) if isinstance(event, NewDefinition) else event)
        after = self._state
        if record:
            self._record(record)
        if after.attempt and after.attempt is not before.attempt:
            self._clock = Clock(after.attempt.at)
            self.prover.begin(self._images.syncs())
        elif isinstance(event, ApplyEnded):
            pass  # it began with the apply: what pods have logged since then counts
        elif (after.unproved and not before.unproved) or (isinstance(event, Scanned) and event.action != "none"):
            self.prover.begin(self._images.syncs())
        elif isinstance(event, ClusterChanged) and after.failure:
            self.prover.restart_clocks()
        if after.failure and after.failure != before.failure:
            self._logs.add(self.resource.name, f"error | {after.failure}")

    def _redefine(self, event: NewDefinition) -> Redefined:
        """Links and labels are nothing to build or apply."""
        resource, images = event.definition
        assert isinstance(resource, K8sResource)
        before, self.resource = self.resource, resource
        self.prover.resource = resource
        self.dependencies_changed()
        changed = self._images.redefine(images) or resource.objects != before.objects
        return Redefined(changed, resource.manual, resource.auto_init, time.monotonic())

    def _show(self) -> None:
        if self.inbox.stopping:  # another worker may have the row, or nobody
            return
        status, detail = shown(self._state)
        heals = self._state.failure is not None and self._state.failure.heals
        here = next((revision for revision, _ in self._images.revisions()), "")
        self._tools.board.set(self.resource.name, status, detail, revision=self.prover.served, here=here, heals=heals)

    def _record(self, record: Record) -> None:
        name, clock = self.resource.name, self._clock
        action, took = self._action_of(record.attempt), time.monotonic() - clock.began
        update = Update(name, action, record.attempt.why, dict(clock.stages), took, record.error)
        self._tools.board.record(update)
        if not record.error:
            self._logs.add(name, f"update | {update.line()}")

    def _action_of(self, attempt: Attempt) -> str:
        return attempt.action if attempt.action != "deploy" else "rebuild" if self._images else "deploy"

    def _stage(self) -> str:
        """The stage that is timed now: rollout, reload or served."""
        attempt = self._state.attempt
        if attempt and attempt.action == "deploy":
            return "served" if self.prover.rolled_out else "rollout"
        return "reload" if attempt and self.prover.reloads() else "served"

    # The actions: each does one thing and returns what came of it

    def _wait(self, action: Wait) -> Sequence[Event | NewDefinition]:
        if self._tools.stays and action.seconds is None and self._state.deployed:
            self._images.prepare_to_send(self._kube, self.prover.pods())
        events = self.inbox.take(action.seconds) or [Tick()]
        if self._state.attempt:
            self._clock.mark("wait" if self._state.built and self._state.held else self._stage())
        return events

    def _run(self, action: Action) -> Event:
        if reason := self._tools.lost():
            return ActionFailed(action, Failure(reason))
        try:
            match action:
                case Scan():
                    return self._scan(action)
                case Build():
                    return self._build()
                case Apply():
                    return self._apply()
                case Send():
                    return self._send()
                case Look():
                    return self._look(action)
                case Wait() | Stop():
                    raise AssertionError(f"{action} is not run")
        except UserError as error:
            transient = isinstance(error, ApiError) and error.transient
            return ActionFailed(action, Failure(error.what, error.fix, heals=transient))
        except Exception as error:  # the loop must outlive a bug in one update
            return ActionFailed(action, Failure(f"{type(error).__name__}: {error}", BUG))

    def _scan(self, action: Scan) -> Scanned:
        found = self._images.scan(action.paths, everything=action.everything)
        self._clock.mark("detect")
        if not found.plans:
            return Scanned("none", problem=self._images.problem)
        chosen = next(plan for wanted in ("rebuild", "run", "sync") for plan in found.plans if plan.action == wanted)
        stuck = bool(self.prover.stuck(self._images.refs()))
        return Scanned(chosen.action, chosen.why, found.modules, found.gone, self._images.problem, stuck)

    def _build(self) -> BuildEnded:
        if not self._images:
            return BuildEnded()
        self._clock.mark("detect")
        tools, log = self._tools, self._logs.prefixed(self.resource.name, "build")
        self._builds = self._images.build(tools.slots, tools.steps, log)
        self._clock.mark("build")
        return BuildEnded(next((text for item in self._builds for text in item.sources.problems.values()), ""))

    def _apply(self) -> ApplyEnded | Stopping:
        refs = {item.contents.image.ref: item.built.ref for item in self._builds}
        self.prover.begin(self._images.syncs())
        objects = [inject(item, refs) for item in self.resource.objects]
        with self.applying:
            if self.inbox.stopping:  # another worker may have the objects, or they are to go
                return Stopping()
            applied = deploy.apply(self._kube, objects, self._tools.manager)
        self._images.deployed(self._builds)
        self._clock.mark("apply")
        self.prover.expect(applied)
        self.prover.replace(self.prover.stuck(self._images.refs()))  # those of a workload that is as it was
        return ApplyEnded(self._images.modules())

    def _send(self) -> SendEnded:
        sent = self._images.send(self._kube, self.prover.pods(), self._logs.prefixed(self.resource.name, "update"))
        self._clock.mark("sync")
        failure = None
        if sent.failed and sent.failed.stage == "connection_lost":
            what = f"the update in place was cut off: {sent.failed.message}"
            failure = Failure(what, "it is tried again", heals=True)
        elif sent.failed:
            failure = Failure(sent.failed.message, "fix it and save again")
        return SendEnded(sent.missed, failure, sent.rebuild, bool(self.prover.stuck(self._images.refs())))

    def _look(self, action: Look) -> Looked:
        self.pods_changed()  # no event need have come since the pods are known
        stage = self._stage()
        found, compiled = self.prover.look(self._images.revisions(), action.modules)
        if stage == "reload" and self.prover.loaded_at:
            self._clock.mark(stage, self.prover.loaded_at)
            stage = "served"
        self._clock.mark(stage)
        if found.served and not self._tools.unheard(self.resource.name):
            return Looked(compiled=compiled)
        if found.failure:
            failure = Failure(found.failure, found.fix, heals=found.heals, redeploy=found.redeploy)
            return Looked(failure, compiled=compiled)
        return Looked(detail="saved again" if found.served else found.detail, poll=found.poll, compiled=compiled)
