"""The images of one resource, together: built, or their running containers sent what they lack."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from scripts.core.parallel import run_together, start
from scripts.core.progress import Steps
from scripts.core.slots import Slots
from scripts.engine.settings import SourcesOf
from scripts.engine.update import sync
from scripts.engine.update.build import Builder, BuiltImage
from scripts.engine.update.contents import ImageContents, Sources
from scripts.engine.update.plan import Plan
from scripts.files.ignore import Ignore
from scripts.kube.api import Kube
from scripts.kube.mirror import WORKLOADS
from scripts.kube.pod import Object, running
from scripts.kube.shell import Shell
from scripts.tiltfile.manifests import inject, pod_value
from scripts.tiltfile.model import Image, K8sResource, Resource, Rules, Sync

ImageSpecs = Sequence[tuple[Image, Ignore]]
Log = Callable[[str], object]
MODULE_SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".css")
WORKDIR = re.compile(r"^\s*WORKDIR\s+(/\S*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class ImageBuild:
    """An image that was built, and from what."""

    contents: ImageContents
    sources: Sources
    built: BuiltImage


@dataclass(frozen=True)
class Found:
    """The plans that do something, and the paths under which a front end delivers the modules that it is asked for."""

    plans: tuple[Plan, ...] = ()
    modules: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sent:
    """`missed` could not be read any more; `failed` is the first outcome that is not ok."""

    missed: frozenset[Path] = frozenset()
    failed: sync.Outcome | None = None
    rebuild: str = ""


def of_resource(image: Image, resource: Resource) -> Image:
    """An image as a resource uses it: without a live update where `running` would find no container of it."""
    assert isinstance(resource, K8sResource)  # no other has images
    refs = {ref: ref for ref in resource.images}
    workloads = [inject(item, refs) for item in resource.objects if item["kind"] in WORKLOADS]
    main = {each.get("image") for item in workloads for each in pod_value(item, "spec", "containers")}
    return image if image.ref in main else replace(image, rules=Rules())


class Images:
    """Used by one worker only."""

    def __init__(self, specs: ImageSpecs, builder: Builder, sources_of: SourcesOf) -> None:
        self._builder = builder
        self.contents = [ImageContents(image, ignore, sources_of) for image, ignore in specs]
        self._shells: dict[str, Shell] = {}  # by the container's id

    def __bool__(self) -> bool:
        return bool(self.contents)

    def refs(self) -> list[str]:
        """What the pods name."""
        return [contents.built.ref for contents in self.contents if contents.built]

    def revisions(self) -> list[tuple[str, str]]:
        """What the service of each image is to tell, if it tells one, and what the pods name."""
        return [(each.revision, each.built.ref) for each in self.contents if each.revision and each.built]

    def modules(self) -> frozenset[str]:
        """The paths under which a front end delivers all its modules."""
        found = {_module(contents.image, target) for contents in self.contents for target in contents.targets("dir")}
        return frozenset(found - {""})

    def syncs(self) -> list[Sync]:
        return [step for contents in self.contents for step in contents.image.rules.syncs]

    @property
    def problem(self) -> str:
        """A sentence about a file that cannot be sent; "" when all can."""
        return next((contents.problem for contents in self.contents if contents.problem), "")

    def redefine(self, specs: ImageSpecs) -> bool:
        """Take what the Tiltfile now says; True when that makes other images."""
        return any([contents.redefine(*spec) for contents, spec in zip(self.contents, specs, strict=True)])

    def build(self, slots: Slots, steps: Steps, log: Log) -> list[ImageBuild]:
        """Build all at once. What is known of the images that pods run stays as it was until `deployed`."""
        builds: list[ImageBuild] = []

        def build(contents: ImageContents) -> None:
            with slots, steps.step(f"Build {contents.image.ref}") as step:
                sources = contents.sources()

                def on_line(line: str) -> None:
                    step.note(line)
                    if line.strip():
                        log(line)

                built = self._builder.build(contents.image, on_line)
                builds.append(ImageBuild(contents, contents.after_build(sources), built))
                step.note(built.ref.rpartition(":")[2])

        run_together(*(partial(build, contents) for contents in self.contents))
        return builds

    def deployed(self, builds: Iterable[ImageBuild]) -> None:
        """Pods are to run these from now on."""
        for item in builds:
            before = item.contents.built
            item.contents.deployed(item.built, item.sources)
            if before and before.image_id != item.built.image_id:
                self._builder.forget(before)

    def scan(self, paths: Collection[Path], *, everything: bool) -> Found:
        """What changes mean, for each image that they mean something for."""
        plans = [(contents.image, contents.scan(paths, everything=everything)) for contents in self.contents]
        modules = {path for image, plan in plans for copy in plan.copies if (path := _module(image, copy.target))}
        if any(plan.removes for _, plan in plans):  # any module may import what is gone
            modules |= self.modules()
        gone = {path for image, plan in plans for target in plan.removes if (path := _module(image, target))}
        return Found(tuple(plan for _, plan in plans if plan.action != "none"), frozenset(modules), frozenset(gone))

    def send(self, kube: Kube, pods: Sequence[Object], log: Log) -> Sent:
        """Bring all running containers up to date, all at once; `log` gets what their commands print."""
        jobs: list[tuple[ImageContents, str, Plan]] = []
        for contents, containers in self._open_to_updates(kube, pods):
            contents.forget_all_but(containers)
            for container in containers:
                plan = contents.lacks(container)
                if plan.action == "rebuild":
                    return Sent(rebuild=plan.why)
                if plan.action != "none":
                    jobs.append((contents, container, plan))
        ends = [start(partial(sync.apply_plan, self._shells[container], plan)) for _, container, plan in jobs]
        outcomes = [end() for end in ends]
        missed: set[Path] = set()
        for (contents, container, plan), outcome in zip(jobs, outcomes, strict=True):
            for line in outcome.output.splitlines():
                log(line)
            if outcome.stage in ("ok", "run"):
                missed |= contents.received(container, plan, outcome.packed, outcome.runs)
            else:
                contents.may_have_received(container)
        failed = [outcome for outcome in outcomes if outcome.stage != "ok"]
        rebuild = next((outcome.message for outcome in failed if outcome.stage in ("remove", "unpack")), "")
        return Sent(frozenset(missed), failed[0] if failed and not rebuild else None, rebuild)

    def prepare_to_send(self, kube: Kube, pods: Sequence[Object]) -> None:
        """Open the shells of all running containers, ahead of the first update."""
        self._open_to_updates(kube, pods)
        run_together(*(shell.open for shell in self._shells.values()))

    def close(self) -> None:
        for shell in self._shells.values():
            shell.close()

    def _open_to_updates(self, kube: Kube, pods: Sequence[Object]) -> list[tuple[ImageContents, list[str]]]:
        """The ids of the running containers of each image that is updated in place: each has its shell, no other."""
        found = [(each, running(pods, each.built.ref)) for each in self.contents if each.image.rules and each.built]
        containers = {container.id: container for _, here in found for container in here}
        for gone in self._shells.keys() - containers.keys():
            self._shells.pop(gone).close()
        for each in containers.values():
            if each.id not in self._shells:
                self._shells[each.id] = kube.shell(each.namespace, each.pod, each.name)
        return [(contents, [container.id for container in here]) for contents, here in found]


def _module(image: Image, target: str) -> str:
    """The path under which Vite delivers a file of a container, where it is started in the innermost WORKDIR; "" for
    what it does not compile."""
    roots = [root.rstrip("/") for root in WORKDIR.findall(image.recipe)]
    root = max((root for root in roots if target.startswith(f"{root}/")), key=len, default="")
    return target.removeprefix(root) if target.endswith(MODULE_SUFFIXES) else ""
