"""Evaluates a Tiltfile to an Environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.docker.patterns import patterns_of
from scripts.tiltfile.assemble import assemble
from scripts.tiltfile.builtins import CONSTANTS, Builtins
from scripts.tiltfile.button_builtins import buttons
from scripts.tiltfile.declared import Declared
from scripts.tiltfile.failure import EvaluationFailed
from scripts.tiltfile.image_builtins import check_unused
from scripts.tiltfile.model import Environment, Resource
from scripts.tiltfile.signatures import builtins_of
from scripts.tiltfile.starlark import Interpreter


def evaluate(
    tiltfile: Path,
    subcommand: str,
    runner: Runner,
    env: Mapping[str, str] | None = None,
    log: Callable[[str], object] = lambda line: None,
    arguments: Sequence[str] = (),
) -> Environment:
    """What the Tiltfile describes for `tilt up` or `tilt ci` with `arguments`. `env` is added for the commands that it
    runs, `log` gets what they and `print` write.

    Raises EvaluationFailed with file and line.
    """
    path, began = tiltfile.absolute(), time.time()
    declared = Declared([path, path.parent / ".tiltignore"], arguments=tuple(arguments))
    try:
        table = builtins_of(Builtins(declared, runner, env or {}, log))
        Interpreter(declared, table, CONSTANTS, subcommand, log).run(path)
        return replace(_environment(path, declared), evaluated_at=began)
    except UserError as error:
        raise EvaluationFailed(error, tuple(dict.fromkeys(declared.config_files)), began) from None


def _environment(path: Path, declared: Declared) -> Environment:
    check_unused(declared)
    images = list(declared.images)
    resources: list[Resource] = [*assemble(declared.manifests, declared.options, images), *declared.locals]
    resources += buttons(declared)
    _check(resources, declared.places)
    used = {ref for resource in resources for ref in getattr(resource, "images", ())}
    return Environment(
        tiltfile=path,
        images=declared.images,
        resources=tuple(resources),
        max_parallel=declared.max_parallel,
        config_files=tuple(dict.fromkeys(declared.config_files)),
        tiltignore=patterns_of(path.parent / ".tiltignore"),
        warnings=tuple(f"image {ref} is used by no workload" for ref in images if ref not in used),
    )


def _check(resources: list[Resource], places: Mapping[str, str]) -> None:
    """Names are unique, dependencies exist and have no cycle."""
    graph: dict[str, tuple[str, ...]] = {}
    for resource in resources:
        if resource.name in graph:
            place = places[resource.name]
            raise UserError(f"{place}: two resources are named {resource.name!r}", "rename one of them")
        graph[resource.name] = resource.resource_deps
    for name, needed in graph.items():
        if unknown := next((other for other in needed if other not in graph), ""):
            what = f"{places[name]}: {name!r} depends on {unknown!r}, which is no resource"
            raise UserError(what, f"resources are {', '.join(graph)}")
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        *cycle, name = reversed(error.args[1])
        what = f"{places[name]}: resource_deps form a cycle: {' → '.join([*cycle, name])}"
        raise UserError(what, "remove one of these dependencies") from None
