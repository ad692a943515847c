"""Decides for each base image between the official one and a stand-in, and makes what is missing."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from scripts.bases import debian
from scripts.bases.catalog import (
    BASES,
    DEBIAN,
    NODE,
    POSTGRES,
    PYTHON,
    RECIPE,
    STAND_IN_FOR,
    Base,
    debian_recipe,
    recipe,
)
from scripts.cluster.lock import exclusive
from scripts.core.errors import UserError
from scripts.core.parallel import run_together
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner

FOLDER = Path(__file__).parent
CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
ASK_SECONDS = 10
PULL_SECONDS = 600
# The bases exist only inside the engine: a builder in a container of its own would not find them.
BUILDER = {"DOCKER_BUILDKIT": "1", "BUILDX_BUILDER": "default"}


def ensure(runner: Runner, docker: str, steps: Steps) -> dict[str, str]:
    """Image names by purpose (python, node, postgres), all present in the engine behind the CLI `docker`.

    An official image that is present wins; then a stand-in of the current recipe, without a look at the network;
    then an official image that can be pulled; else the stand-in is built.
    """
    chosen = _present(runner, docker)
    if len(chosen) == len(BASES):
        return _in_order(chosen)
    waiting = partial(steps.log, "another ./dev makes the base images: waiting for it")
    with exclusive(cache_dir() / "bases.lock", waiting):
        chosen = _present(runner, docker)
        wanted = [base for base in BASES if base.purpose not in chosen]
        run_together(*(partial(_pull, runner, docker, steps, base, chosen) for base in wanted))
        missing = [base for base in wanted if base.purpose not in chosen]
        if missing:
            _make(runner, docker, steps, missing, chosen)
    return _in_order(chosen)


def _in_order(chosen: Mapping[str, str]) -> dict[str, str]:
    return {base.purpose: chosen[base.purpose] for base in BASES}


def _present(runner: Runner, docker: str) -> dict[str, str]:
    labels = image_labels(runner, docker, [name for base in BASES for name in (base.official, base.stand_in)])
    chosen = {}
    for base in BASES:
        if STAND_IN_FOR not in labels.get(base.official, {STAND_IN_FOR: ""}):
            chosen[base.purpose] = base.official
        elif labels.get(base.stand_in, {}).get(RECIPE) == recipe(base, FOLDER / base.purpose):
            chosen[base.purpose] = base.stand_in
    return chosen


def image_labels(runner: Runner, docker: str, images: Sequence[str]) -> dict[str, dict[str, str]]:
    """Labels of those of the images that the engine has."""
    line = "{{json .RepoTags}}\t{{json .Config.Labels}}"
    found: dict[str, dict[str, str]] = {}
    answer = runner.run([docker, "image", "inspect", "--format", line, *images], check=False)
    for tags, labels in (text.split("\t") for text in answer.stdout.splitlines() if "\t" in text):
        for tag in json.loads(tags) or []:
            found[tag] = json.loads(labels) or {}
    return found


def _pull(runner: Runner, docker: str, steps: Steps, base: Base, chosen: dict[str, str]) -> None:
    """Pull the official image into `chosen` if its registry answers: a machine without one should not wait long."""
    asked = runner.run([docker, "manifest", "inspect", base.official], check=False, timeout=ASK_SECONDS)
    if asked.returncode != 0:
        return
    with steps.step(f"Pull {base.official}") as step:
        pull = [docker, "pull", "--quiet", base.official]
        if runner.run(pull, check=False, timeout=PULL_SECONDS, on_line=step.note).returncode == 0:
            chosen[base.purpose] = base.official


def _make(runner: Runner, docker: str, steps: Steps, missing: Sequence[Base], chosen: dict[str, str]) -> None:
    """Build the stand-ins; what does not depend on each other at the same time."""
    names = ", ".join(base.official for base in missing)
    steps.log(f"no image registry gives {names}: making stand-ins from packages, once (a minute or two)")
    if image_labels(runner, docker, [DEBIAN]).get(DEBIAN, {}).get(RECIPE) != debian_recipe():
        debian.make(runner, docker, steps)

    def build_in_turn(*bases: Base) -> None:
        for base in bases:
            if base in missing:
                _build(runner, docker, steps, base, chosen)

    run_together(lambda: build_in_turn(PYTHON, NODE), lambda: build_in_turn(POSTGRES))


def _build(runner: Runner, docker: str, steps: Steps, base: Base, chosen: dict[str, str]) -> None:
    folder = FOLDER / base.purpose
    arguments = {"DEBIAN_BASE": DEBIAN, **{name: chosen[purpose] for name, purpose in base.build_args.items()}}
    labels = {RECIPE: recipe(base, folder), STAND_IN_FOR: base.official}
    command = [docker, "build", "--progress=plain", f"--tag={base.stand_in}"]
    command += [f"--build-arg={name}={value}" for name, value in arguments.items()]
    command += [f"--label={name}={value}" for name, value in labels.items()]
    # Only lent to the build, for networks that intercept TLS: it stays in no layer.
    if bundle := ca_bundle(os.environ):
        command.append(f"--secret=id=ca,src={bundle}")
    with steps.step(f"Build {base.stand_in}") as step:
        try:
            runner.run([*command, str(folder)], env=BUILDER, on_line=step.note)
        except CommandFailed as failed:
            raise UserError(
                f"the stand-in {base.stand_in} could not be built: {_reason(failed.result.stdout)}",
                f"check that this machine reaches its package mirrors, or provide {base.official} and run this again",
            ) from None
        step.latest = ""
    chosen[base.purpose] = base.stand_in


def ca_bundle(environment: Mapping[str, str]) -> str:
    """The machine's CA bundle; "" where there is none."""
    return next((path for path in (environment.get("SSL_CERT_FILE"), *CA_BUNDLES) if path and Path(path).is_file()), "")


def _reason(output: str) -> str:
    """A build's last lines tell which step failed; what apt, pip or the engine said before tells why."""
    errors = re.findall(r"(?:E: |ERROR: |error: |failed to solve)(.+)$", output, re.MULTILINE)
    return errors[0].strip() if errors else (output.strip().splitlines() or ["it said nothing"])[-1]
