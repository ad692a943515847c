"""The built-ins that describe images and their live updates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scripts.core import text
from scripts.core.errors import UserError
from scripts.tiltfile import lint
from scripts.tiltfile.declared import Declared, FallBackOn, Step
from scripts.tiltfile.model import Image, Rules, Run, Sync, within
from scripts.tiltfile.signatures import Command, builtin
from scripts.tiltfile.starlark import opaque


class ImageBuiltins:
    """docker_build and the steps of live_update."""

    def __init__(self, declared: Declared) -> None:
        self.out = declared

    @builtin
    def sync(self, local_path: Path, remote_path: str) -> object:
        if not remote_path.startswith("/"):
            raise UserError(f"destination {remote_path!r} is not an absolute path in the container")
        return self._step(Sync(local_path, remote_path))

    @builtin
    def run(self, cmd: Command, trigger: tuple[Path, ...] = ()) -> object:
        return self._step(Run(cmd, trigger))

    @builtin
    def fall_back_on(self, paths: tuple[Path, ...]) -> object:
        return self._step(FallBackOn(paths))

    def _step(self, step: Step) -> object:
        self.out.unused_steps.append((step, self.out.place))
        return opaque(step)

    @builtin
    def docker_build(
        self,
        ref: str,
        context: Path,
        build_args: Mapping[str, str] = {},
        dockerfile: Path | None = None,
        live_update: tuple[Step, ...] = (),
        target: str = "",
        secret: tuple[str, ...] = (),
    ) -> None:
        if ref in self.out.images:
            raise UserError(f"image {ref} is defined twice", "remove one of them")
        file = dockerfile or context / "Dockerfile"
        self.out.config_files += [file, file.with_name(file.name + ".dockerignore"), context / ".dockerignore"]
        if not file.is_file():
            raise UserError(f"image {ref} has no Dockerfile at {file}")
        self.out.image_places[ref] = self.out.place
        self.out.images[ref] = Image(
            ref=ref,
            context=context,
            dockerfile=file,
            target=target,
            build_args=tuple(build_args.items()),
            secrets=secret,
            rules=_rules(ref, context, live_update),
            recipe=text.read(file),
        )
        self.check_triggers(self.out.images[ref])
        used = {id(step) for step in live_update}
        self.out.unused_steps = [(step, place) for step, place in self.out.unused_steps if id(step) not in used]

    def check_triggers(self, image: Image) -> None:
        """Raise UserError for a trigger that can never fire."""
        for problem in lint.triggers(image):
            raise UserError(f"live_update of {image.ref}: {problem}", "fix it and save again")


def _rules(ref: str, context: Path, steps: tuple[Step, ...]) -> Rules:
    """The steps in the order that Tilt demands. Raises UserError for a step that can never take effect."""
    stops = [path for step in steps if isinstance(step, FallBackOn) for path in step.paths]
    syncs = [step for step in steps if isinstance(step, Sync)]
    runs = [step for step in steps if isinstance(step, Run)]
    order = [(FallBackOn, Sync, Run).index(type(step)) for step in steps]
    if order != sorted(order):
        raise UserError(f"live_update of {ref}: the order is fall_back_on, sync, run")
    for path in (*stops, *(sync.source for sync in syncs)):
        if not within(path, context):
            raise UserError(f"live_update of {ref}: {path} is outside of the build context {context}")
    return Rules(tuple(stops), tuple(syncs), tuple(runs))


def check_unused(declared: Declared) -> None:
    """A step that is in no image would have no effect, silently."""
    for step, place in declared.unused_steps:
        name = {Sync: "sync", Run: "run", FallBackOn: "fall_back_on"}[type(step)]
        raise UserError(f"{place}: {name}: this step is in no docker_build's live_update", "add it to one or remove it")
