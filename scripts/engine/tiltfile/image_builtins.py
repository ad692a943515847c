"""The built-ins that describe images and their live updates."""

from __future__ import annotations

from pathlib import Path

from scripts.core import text
from scripts.core.errors import UserError
from scripts.engine.model import Image, Rules, Run, Sync, within
from scripts.engine.tiltfile.arguments import Declared, FallBackOn, command_line, each, one
from scripts.engine.tiltfile.starlark import TiltfileError, opaque


class ImageBuiltins:
    """docker_build and the steps of live_update."""

    def __init__(self, declared: Declared) -> None:
        self._out = declared

    def _path(self, value: object) -> Path:
        return Path(self._out.directory, one("a path", value, str)).absolute()

    def _paths(self, what: str, value: object) -> tuple[Path, ...]:
        return tuple(self._path(item) for item in each(what, value, str))

    def sync(self, local_path: object, remote_path: object) -> object:
        dest = one("sync's destination", remote_path, str)
        if not dest.startswith("/"):
            raise TiltfileError(f"sync: destination {dest!r} is not an absolute path in the container")
        return self._step(Sync(self._path(local_path), dest))

    def run(self, cmd: object, trigger: object = None) -> object:
        return self._step(Run(command_line("run's command", cmd), self._paths("run's triggers", trigger)))

    def fall_back_on(self, paths: object) -> object:
        return self._step(FallBackOn(self._paths("fall_back_on's paths", paths)))

    def _step(self, step: object) -> object:
        self._out.unused_steps.append(step)
        return opaque(step)

    def docker_build(
        self,
        ref: object,
        context: object,
        build_args: object = None,
        dockerfile: object = "Dockerfile",
        live_update: object = None,
        target: object = "",
        secret: object = None,
    ) -> None:
        name = one("docker_build's ref", ref, str)
        if name in self._out.images:
            raise TiltfileError(f"docker_build: image {name} is defined twice")
        folder = self._path(context)
        file = self._path(dockerfile) if dockerfile != "Dockerfile" else folder / "Dockerfile"
        if not file.is_file():
            raise TiltfileError(f"docker_build: image {name} has no Dockerfile at {file}")
        args = one("build_args", build_args or {}, dict)
        self._out.config_files += [file, file.with_name(file.name + ".dockerignore"), folder / ".dockerignore"]
        self._out.images[name] = Image(
            ref=name,
            context=folder,
            dockerfile=file,
            target=one("target", target, str),
            build_args=tuple((str(key), str(value)) for key, value in args.items()),
            secrets=each("secret", secret, str),
            rules=self._rules(name, folder, live_update),
            recipe=text.read(file),
        )

    def _rules(self, name: str, context: Path, live_update: object) -> Rules:
        stops: list[Path] = []
        syncs: list[Sync] = []
        runs: list[Run] = []
        for step in each("live_update's steps", live_update, object):
            if isinstance(step, FallBackOn) and not syncs and not runs:
                stops += step.paths
            elif isinstance(step, Sync) and not runs:
                syncs.append(step)
            elif isinstance(step, Run):
                runs.append(step)
            elif isinstance(step, FallBackOn | Sync):
                raise TiltfileError(f"live_update of {name}: the order is fall_back_on, sync, run")
            else:
                raise TiltfileError(f"live_update of {name}: {step!r} is not one of fall_back_on, sync, run")
            self._out.unused_steps = [unused for unused in self._out.unused_steps if unused is not step]
        for path in (*stops, *(sync.source for sync in syncs)):
            if not within(path, context):
                raise TiltfileError(f"live_update of {name}: {path} is outside of the build context {context}")
        for run in runs:
            for trigger in run.triggers:
                if not any(within(trigger, sync.source) or within(sync.source, trigger) for sync in syncs):
                    raise TiltfileError(
                        f"live_update of {name}: trigger {trigger} can never fire, no sync covers it",
                        "triggers are local paths, not paths in the container",
                    )
        return Rules(tuple(stops), tuple(syncs), tuple(runs))


def check_unused(declared: Declared) -> None:
    """Steps that were made but belong to no image are a mistake that would otherwise stay silent."""
    for step in declared.unused_steps:
        if isinstance(step, Sync):
            what = f"sync of {step.source}"
        elif isinstance(step, Run):
            what = f"run of {' '.join(step.argv)}"
        else:
            what = "fall_back_on"
        raise UserError(f"Tiltfile: a live update step is used by no docker_build: {what}", "add it or remove it")
