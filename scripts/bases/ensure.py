"""Decides for each base image between the official one and a stand-in, and makes what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from scripts.bases.catalog import BASES, NODE, POSTGRES, PYTHON, Base, recipe
from scripts.core.lock import exclusive
from scripts.core.parallel import run_together
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker import build, debian
from scripts.docker.debian import RECIPE, STAND_IN_FOR
from scripts.docker.engine import Engine
from scripts.docker.errors import EngineError

FOLDER = Path(__file__).parent
ASK_SECONDS = 10
PULL_SECONDS = 600


def ensure(runner: Runner, engine: Engine, steps: Steps) -> dict[str, str]:
    """Image names by purpose (python, node, postgres), all present in the engine.

    An official image that is present wins; then a stand-in of the current recipe, without a look at the network;
    then an official image that can be pulled; else the stand-in is built.
    """
    chosen = _present(engine)
    if len(chosen) == len(BASES):
        return _in_order(chosen)
    waiting = partial(steps.log, "another ./dev makes the base images: waiting for it")
    with exclusive(cache_dir() / "bases.lock", waiting):
        chosen = _present(engine)
        wanted = [base for base in BASES if base.purpose not in chosen]
        run_together(*(partial(_pull, engine, steps, base, chosen) for base in wanted))
        missing = [base for base in wanted if base.purpose not in chosen]
        if missing:
            _make(runner, engine, steps, missing, chosen)
    return _in_order(chosen)


def _in_order(chosen: Mapping[str, str]) -> dict[str, str]:
    return {base.purpose: chosen[base.purpose] for base in BASES}


def _present(engine: Engine) -> dict[str, str]:
    labels = engine.images.labels(name for base in BASES for name in (base.official, base.stand_in))
    chosen = {}
    for base in BASES:
        if STAND_IN_FOR not in labels.get(base.official, {STAND_IN_FOR: ""}):
            chosen[base.purpose] = base.official
        elif labels.get(base.stand_in, {}).get(RECIPE) == recipe(base, FOLDER / base.purpose):
            chosen[base.purpose] = base.stand_in
    return chosen


def _pull(engine: Engine, steps: Steps, base: Base, chosen: dict[str, str]) -> None:
    """Pull the official image into `chosen` if its registry answers: a machine without one should not wait long."""
    if not engine.images.in_registry(base.official, ASK_SECONDS):
        return
    with steps.step(f"Pull {base.official}") as step:
        try:
            engine.images.pull(base.official, PULL_SECONDS, step.note)
        except EngineError as error:
            step.note(f"{error.what}: a stand-in takes its place")
        else:
            step.note("")
            chosen[base.purpose] = base.official


def _make(runner: Runner, engine: Engine, steps: Steps, missing: Sequence[Base], chosen: dict[str, str]) -> None:
    """Build the stand-ins, those that do not depend on each other at the same time."""
    names = ", ".join(base.official for base in missing)
    steps.log(f"no image registry gives {names}: making stand-ins from packages, once (a minute or two)")
    debian.ensure(runner, engine, steps)

    def build_in_turn(*bases: Base) -> None:
        for base in bases:
            if base in missing:
                _build(runner, engine, steps, base, chosen)

    run_together(lambda: build_in_turn(PYTHON, NODE), lambda: build_in_turn(POSTGRES))


def _build(runner: Runner, engine: Engine, steps: Steps, base: Base, chosen: dict[str, str]) -> None:
    folder = FOLDER / base.purpose
    spec = build.Spec(
        context=folder,
        tag=base.stand_in,
        args={"DEBIAN_BASE": debian.NAME, **{name: chosen[purpose] for name, purpose in base.build_args.items()}},
        labels={RECIPE: recipe(base, folder), STAND_IN_FOR: base.official},
        secrets=build.ca_secret(),
    )
    fix = f"check that this machine reaches its package mirrors, or provide {base.official} and run this again"
    with steps.step(f"Build {base.stand_in}") as step:
        build.build(runner, engine, spec, f"the stand-in {base.stand_in}", fix, step.note)
        step.note("")
    chosen[base.purpose] = base.stand_in
