"""The images of one resource, together: built anew, or their running containers sent what they lack."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.parallel import run_together
from scripts.core.progress import Steps
from scripts.engine.files.ignore import Ignore
from scripts.engine.model import Image, Sync
from scripts.engine.pods.mirror import Object, running
from scripts.engine.update import sync
from scripts.engine.update.build import Builder, Built
from scripts.engine.update.contents import LiveImage
from scripts.engine.update.plan import Plan
from scripts.kube.api import Kube

Pairs = Sequence[tuple[Image, Ignore]]
Say = Callable[[str], object]


class Rebuild(UserError):
    """An update in place cannot do it; `what` says why. It is the user's to mend only when a new image did not help."""


@dataclass(frozen=True)
class Made:
    """An image that was built, and from what."""

    live: LiveImage
    sources: Mapping[Path, str]
    built: Built


class Images:
    """Used by one worker only, but for `may_matter` and `containers`."""

    def __init__(self, pairs: Pairs, builder: Builder) -> None:
        self._builder = builder
        self.live = [LiveImage(*pair) for pair in pairs]

    def __bool__(self) -> bool:
        return bool(self.live)

    def may_matter(self, path: Path) -> bool:
        return any(live.may_matter(path) for live in self.live)

    def containers(self, pods: Sequence[Object]) -> set[str]:
        """The ids of those that run these images."""
        return {item.id for live in self.live if live.built for item in running(pods, live.built.ref)}

    def refs(self) -> list[str]:
        """What the pods name."""
        return [live.built.ref for live in self.live if live.built]

    def syncs(self) -> list[Sync]:
        return [step for live in self.live for step in live.image.rules.syncs]

    def redefine(self, pairs: Pairs) -> bool:
        """Take what the Tiltfile now says; whether that makes other images."""
        return any([live.redefine(*pair) for live, pair in zip(self.live, pairs, strict=True)])

    def build(self, slots: threading.Semaphore, steps: Steps, say: Say) -> list[Made]:
        """Build all at once. What is known of the images that pods run is as it was until `deployed`."""
        made: list[Made] = []

        def build(live: LiveImage) -> None:
            with slots, steps.step(f"Build {live.image.ref}") as step:
                sources = live.sources()

                def heard(line: str) -> None:
                    step.note(line)
                    if line.strip():
                        say(line)

                built = self._builder.build(live.image, heard)
                made.append(Made(live, sources, built))
                step.note(built.ref.rpartition(":")[2])

        run_together(*(partial(build, live) for live in self.live))
        return made

    def deployed(self, made: Iterable[Made]) -> None:
        """Pods are to run these from now on."""
        for item in made:
            before = item.live.built
            item.live.deployed(item.built, item.sources)
            if before and before.image_id != item.built.image_id:
                self._builder.forget(before)

    def plans(self, paths: Iterable[Path], everything: bool) -> list[Plan]:
        """What a batch of changes means, for each image that it means something for. Raises Rebuild."""
        found = [live.plan(live.everything() if everything else live.concerns(paths)) for live in self.live]
        for plan in found:
            if plan.action == "rebuild":
                raise Rebuild(plan.why)
        return [plan for plan in found if plan.action != "none"]

    def send(self, kube: Kube, pods: Sequence[Object], say: Say) -> None:
        """Bring all running containers up to date, all at once; `say` gets what their commands print.

        Raises Rebuild, or UserError for a command that failed: its files have arrived, and stay.
        """
        jobs = []
        for live in self.live:
            for container in running(pods, live.built.ref) if live.built and live.image.rules else ():
                plan, changed = live.plan_for(container.id)
                if plan.action == "rebuild":
                    raise Rebuild(plan.why)
                if plan.action != "none":
                    jobs.append((live, container, plan, changed))
        outcomes: dict[str, sync.Outcome] = {}

        def carry_out(container: sync.Container, plan: Plan) -> None:
            outcomes[container.id] = sync.carry_out(kube, container, plan)

        run_together(*(partial(carry_out, container, plan) for _, container, plan, _ in jobs))
        for live, container, _, changed in jobs:
            outcome = outcomes[container.id]
            for line in outcome.output.splitlines():
                say(line)
            if outcome.stage not in ("ok", "run"):
                raise Rebuild(f"the update in place failed: {outcome.message}")
            live.arrived(container.id, changed)
        if failed := next((outcome for outcome in outcomes.values() if outcome.stage == "run"), None):
            raise UserError(failed.message, "mend it and save again")
