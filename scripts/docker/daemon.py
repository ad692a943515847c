"""The Docker engine of this machine: finds a CLI that can build with it, checks it, and starts it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from scripts.core import versions
from scripts.core.errors import NotStarted, UserError
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker.build import BUILDER
from scripts.docker.engine import Engine
from scripts.docker.errors import Unreachable

START_SECONDS = 60
PROBE_DOCKERFILE = "FROM scratch\nLABEL todo-stack.probe=buildkit\n"


def candidates(path: str) -> list[str]:
    """Every docker CLI on a PATH, in its order, each once."""
    found: list[str] = []
    for folder in path.split(os.pathsep):
        program = os.path.join(folder, "docker")
        is_program = os.path.isfile(program) and os.access(program, os.X_OK)
        if is_program and not any(os.path.samefile(program, other) for other in found):
            found.append(program)
    return found


def choose_cli(runner: Runner, engine: Engine, programs: list[str]) -> str:
    """The first CLI that can build with BuildKit, by trying: a newer CLI without its buildx plugin cannot."""
    reasons: list[str] = []
    for program in programs:
        argv, env = [program, "build", "--quiet", "-"], {**engine.env, **BUILDER}
        try:
            result = runner.run(argv, input=PROBE_DOCKERFILE, env=env, check=False, timeout=60)
        except NotStarted as error:
            reasons.append(error.what)
            continue
        if result.returncode == 0:
            return program
        reasons.append(f"{program}: {result.last_line()}")
    raise UserError(
        f"no docker CLI here can build with BuildKit ({' | '.join(reasons) or 'none is on PATH'})",
        "install the docker-buildx plugin or Debian's docker.io",
    )


def answers(engine: Engine) -> bool:
    """Whether the engine answers. Raises UserError if this user may not use it."""
    try:
        return bool(engine.facts)
    except Unreachable:
        return False


def check_version(engine: Engine) -> None:
    versions.DOCKER.check(engine.facts.version, "upgrade Docker")


def start(runner: Runner, engine: Engine, steps: Steps) -> None:
    """Start the installed engine and wait until it answers: by systemd where that runs, else as a detached process."""
    if os.getuid() != 0:
        raise UserError("the Docker engine does not run", "start it as root: sudo systemctl start docker (or dockerd)")
    with steps.step("Start the Docker engine") as step:
        if Path("/run/systemd/system").is_dir():
            runner.run(["systemctl", "start", "docker"])
            log = Path("journalctl -u docker")
        else:
            log = cache_dir() / "dockerd.log"
            log.parent.mkdir(parents=True, exist_ok=True)
            step.note(f"dockerd without systemd, its log is {log}")
            if runner.which("dockerd") is None:
                raise UserError("docker is installed but dockerd is not", "install a Docker engine, or set DOCKER_HOST")
            with log.open("ab") as out:
                # Its own session: it outlives this command and a Ctrl+C of it.
                subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if answers(engine):
                return
            time.sleep(0.3)
    raise UserError(f"the Docker engine did not answer within {START_SECONDS} s", f"see {log}")
