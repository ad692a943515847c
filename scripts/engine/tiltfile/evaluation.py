"""Evaluates a Tiltfile to an Environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.core import text
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.engine.files.patterns import patterns_of
from scripts.engine.model import Environment, Resource
from scripts.engine.tiltfile import assemble, builtins, starlark
from scripts.engine.tiltfile.arguments import Declared
from scripts.engine.tiltfile.image_builtins import check_unused


def evaluate(
    tiltfile: Path,
    subcommand: str,
    runner: Runner,
    env: Mapping[str, str] | None = None,
    log: Callable[[str], object] = lambda line: None,
) -> Environment:
    """What the Tiltfile describes for `tilt up` or `tilt ci`. `env` is added for the commands that it runs, `log` gets
    what they print.

    Raises UserError with file and line.
    """
    path = tiltfile.absolute()
    declared = Declared(path.parent)
    starlark.execute(
        path,
        text.read(path),
        builtins.Builtins(declared, runner, env or {}, log).table(),
        {"config": {"tilt_subcommand": subcommand}},
        builtins.CONSTANTS,
    )
    check_unused(declared)
    resources: list[Resource] = [
        *assemble.assemble(declared.manifests, declared.options, list(declared.images)),
        *declared.locals,
    ]
    _check(resources)
    ignore_file = path.parent / ".tiltignore"
    used = {ref for resource in resources for ref in getattr(resource, "images", ())}
    return Environment(
        tiltfile=path,
        images=declared.images,
        resources=tuple(resources),
        max_parallel=declared.max_parallel,
        config_files=tuple(dict.fromkeys([path, ignore_file, *declared.config_files])),
        tiltignore=patterns_of(ignore_file),
        warnings=tuple(f"image {ref} is used by no workload" for ref in declared.images if ref not in used),
    )


def _check(resources: list[Resource]) -> None:
    """Names are unique, dependencies exist and have no cycle."""
    by_name: dict[str, Resource] = {}
    for resource in resources:
        if resource.name in by_name:
            raise UserError(f"Tiltfile: two resources are named {resource.name!r}", "rename one of them")
        by_name[resource.name] = resource
    for resource in resources:
        for name in resource.resource_deps:
            if name not in by_name:
                known = ", ".join(by_name)
                raise UserError(f"Tiltfile: {resource.name!r} depends on unknown {name!r}", f"resources are {known}")
        seen: list[str] = []
        queue = list(resource.resource_deps)
        while queue:
            name = queue.pop()
            if name == resource.name:
                raise UserError(f"Tiltfile: {name!r} depends on itself", "break the cycle in resource_deps")
            if name not in seen:
                seen.append(name)
                queue += by_name[name].resource_deps
