"""Installs the packages and starts the Docker engine that the rest needs; never replaces what is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts import browser
from scripts.core.errors import UserError
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker import daemon
from scripts.docker.engine import Engine


@dataclass(frozen=True)
class Need:
    """A program and the Debian package that brings it."""

    program: str
    package: str


DOCKER = (Need("docker", "docker.io"), Need("dockerd", "docker.io"), Need("iptables", "iptables"))
POSTGRES_PACKAGE = "postgresql"
POSTGRES_FOLDER = Path("/usr/lib/postgresql")  # of Debian


def missing_packages(runner: Runner, needs: Sequence[Need]) -> list[str]:
    """The packages of the programs that are not on PATH, each once."""
    return list(dict.fromkeys(need.package for need in needs if runner.which(need.program) is None))


def apt_command(packages: Sequence[str]) -> str:
    """What this user has to type to install them; a fresh image of Debian has no package lists yet."""
    sudo = "" if os.getuid() == 0 else "sudo "
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(packages)}"


def check_may_install(runner: Runner, packages: Sequence[str]) -> None:
    """Raise UserError, with the command to run, unless this is root on Debian or Ubuntu."""
    command = apt_command(packages)
    if runner.which("apt-get") is None:
        raise UserError(
            f"{', '.join(packages)} must be installed", f"use your system's packages (on Debian: {command})"
        )
    if os.getuid() != 0:
        raise UserError(f"{', '.join(packages)} must be installed, which needs root", f"run: {command}")


def install(runner: Runner, packages: Sequence[str], steps: Steps) -> None:
    """apt-get install, where check_may_install lets it."""
    if not packages:
        return
    check_may_install(runner, packages)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with steps.step(f"Install {', '.join(packages)} (apt)") as step:
        try:
            runner.run(["apt-get", "update", "-qq"], env=quiet, on_line=step.note)
            runner.run(
                ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet, on_line=step.note
            )
        except CommandFailed as failed:
            raise UserError(
                f"apt could not install {', '.join(packages)}: {failed.result.last_line()}",
                f"check the network, then run: {apt_command(packages)}",
            ) from None
        step.latest = ""


def postgres(runner: Runner, steps: Steps) -> None:
    """The programs of a PostgreSQL server, for tests that start one of their own."""
    if not list(POSTGRES_FOLDER.glob("*/bin/initdb")):
        install(runner, [POSTGRES_PACKAGE], steps)


def chromium(runner: Runner, steps: Steps) -> None:
    """A browser for tests, measurements and pictures."""
    if browser.program() is None:
        install(runner, [browser.PACKAGE], steps)


def docker(
    runner: Runner,
    steps: Steps,
    *,
    check_space: Callable[[Engine | None], object] = lambda engine: None,
    env: Mapping[str, str] | None = None,
) -> Engine:
    """An engine that answers, with a CLI that can build in it. `env` names the engine, by docker's own variables; the
    default one is installed and started if need be. `check_space` is called before that, with None if no engine
    answers yet; it raises UserError if the disk is too small for what is to come."""
    engine = Engine(env)
    if daemon.answers(engine):
        check_space(engine)
    elif elsewhere := engine.connection.elsewhere():
        raise UserError(
            f"the Docker engine that {elsewhere} cannot be reached",
            "start it, or unset DOCKER_HOST and use the default context for this machine's own",
        )
    else:
        check_space(None)
        install(runner, missing_packages(runner, DOCKER), steps)
        daemon.start(runner, engine, steps)
    daemon.check_version(engine)
    cli = _choose(runner, engine, steps)
    _put_first(cli)
    engine.cli = cli
    return engine


def _choose(runner: Runner, engine: Engine, steps: Steps) -> str:
    """The machine's own CLI; else Debian's docker.io, which has BuildKit built in and needs no buildx plugin."""
    programs = daemon.candidates(os.environ.get("PATH", os.defpath))
    try:
        return daemon.choose_cli(runner, engine, programs)
    except UserError:
        debian = "/usr/bin/docker"
        if debian in programs or os.getuid() != 0 or runner.which("apt-get") is None:
            raise
        install(runner, ["docker.io"], steps)
        return daemon.choose_cli(runner, engine, [debian])


def _put_first(cli: str) -> None:
    """Make plain `docker` mean this CLI for everything that this command starts."""
    if shutil.which("docker") == cli:
        return
    link = cache_dir() / "tools" / "docker"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or os.readlink(link) != cli:
        link.unlink(missing_ok=True)
        link.symlink_to(cli)
    os.environ["PATH"] = f"{link.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
