"""The Docker engine: whether it answers, whether this user may use it, and what builds with it."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from scripts.core import versions
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.docker import daemon, prepare
from scripts.docker.engine import Engine
from scripts.doctor import machine, packages
from scripts.doctor.finding import Finding, ok, problem, skipped, warning


def docker(runner: Runner, engine: Engine) -> list[Finding]:
    """The engine, and what only it knows of the machine that it runs on."""
    try:
        answers = daemon.answers(engine)
    except UserError as error:  # no rights, or its configuration cannot be used
        return [problem("docker", error.what, error.fix)]
    if not answers:
        return [_absent(runner, engine)]
    facts = engine.facts
    return [
        _builds(runner, engine),
        machine.architecture(facts.architecture),
        machine.cgroups(facts.cgroups),
        machine.clock(facts.time, datetime.now(UTC)),
    ]


def _absent(runner: Runner, engine: Engine) -> Finding:
    if elsewhere := engine.connection.elsewhere():
        return problem("docker", f"the engine that {elsewhere} does not answer", "start it, or unset DOCKER_HOST")
    if missing := prepare.missing_packages(runner, prepare.DOCKER):
        return packages.not_installed("docker", runner, missing)
    if os.getuid() == 0:
        return warning("docker", "the engine does not run", "./dev up starts it")
    return problem("docker", "the engine does not run", "run: sudo systemctl start docker")


def _builds(runner: Runner, engine: Engine) -> Finding:
    version = engine.facts.version
    if wrong := versions.DOCKER.problem(version):
        return problem("docker", wrong, "upgrade Docker")
    try:
        cli = daemon.choose_cli(runner, engine, daemon.candidates(os.environ.get("PATH", os.defpath)))
    except UserError as error:
        return problem("docker", error.what, error.fix)
    return ok("docker", f"engine {version}, this user may use it, and {cli} builds with it")


def without_engine() -> list[Finding]:
    """What can be said of the machine where no engine answers."""
    return [machine.architecture(os.uname().machine), skipped("clock", "no Docker engine to compare with")]
