"""The Docker engine of this machine: found, installed and started where it is missing."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster import versions
from scripts.core.errors import UserError
from scripts.core.paths import cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import Runner

NEEDED_GB = 15
START_SECONDS = 60
PROBE_DOCKERFILE = "FROM scratch\nLABEL todo-stack.probe=buildkit\n"


@dataclass(frozen=True)
class DockerEngine:
    """A docker CLI that builds with BuildKit (`cli`, a path) and the facts of the engine that it talks to."""

    cli: str
    version: str
    data_root: Path


def candidates(path: str) -> list[str]:
    """Every docker CLI on a PATH, in its order, each once."""
    found: list[str] = []
    for folder in path.split(os.pathsep):
        program = os.path.join(folder, "docker")
        if os.access(program, os.X_OK) and not any(os.path.samefile(program, other) for other in found):
            found.append(program)
    return found


def choose_cli(runner: Runner, programs: list[str]) -> str:
    """The first CLI that can build with BuildKit, by trying: a newer CLI without its buildx plugin cannot."""
    reasons: list[str] = []
    for program in programs:
        result = runner.run(
            [program, "build", "--quiet", "-"],
            input=PROBE_DOCKERFILE,
            env={"DOCKER_BUILDKIT": "1"},
            check=False,
            timeout=60,
        )
        if result.returncode == 0:
            return program
        reasons.append(f"{program}: {result.last_line()}")
    raise UserError(
        f"no docker CLI here can build with BuildKit ({' | '.join(reasons)})",
        "install the docker-buildx plugin or Debian's docker.io",
    )


def reach(runner: Runner, cli: str) -> DockerEngine | None:
    """The engine behind a CLI; None when none answers. Raises UserError when we may not talk to it."""
    # `docker info` does not say why it fails when it is given a format.
    result = runner.run([cli, "version", "--format", "{{.Server.Version}}"], check=False, timeout=30)
    if result.returncode == 0 and result.stdout.strip():
        root = runner.run([cli, "info", "--format", "{{.DockerRootDir}}"], check=False, timeout=30).stdout.strip()
        return DockerEngine(cli, result.stdout.strip(), Path(root or "/var/lib/docker"))
    if "permission denied" in (result.stderr + result.stdout).lower():
        user = _user()
        raise UserError(
            f"user {user} may not use the Docker engine (permission denied on its socket)",
            f"run as root, or: sudo usermod -aG docker {user}, then log in again",
        )
    return None


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())  # a user that the machine has no entry for


def check_version(engine: DockerEngine) -> None:
    versions.DOCKER.check(engine.version, "upgrade Docker")


def check_disk(folders: dict[str, Path]) -> None:
    """Refuse to begin where the disk would fill up half-way. Keys say what a folder is for."""
    for purpose, folder in folders.items():
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(existing).free / 1e9
        if free < NEEDED_GB:
            raise UserError(
                f"{free:.1f} GB free for {purpose} in {existing}, {NEEDED_GB} GB are needed",
                "free some space there, or move the cache with TODO_CACHE_DIR",
            )


def start(runner: Runner, cli: str, steps: Steps) -> DockerEngine:
    """Start the installed engine: by systemd where it runs, else by hand, detached, with its log in the cache."""
    if os.getuid() != 0:
        raise UserError("the Docker engine does not run", "start it as root: sudo systemctl start docker (or dockerd)")
    with steps.step("Start the Docker engine") as step:
        if Path("/run/systemd/system").is_dir():
            runner.run(["systemctl", "start", "docker"])
            log = Path("journalctl -u docker")
        else:
            log = cache_dir() / "dockerd.log"
            log.parent.mkdir(parents=True, exist_ok=True)
            step.note(f"dockerd by hand, its log is {log}")
            if runner.which("dockerd") is None:
                raise UserError("docker is here but dockerd is not", "install a Docker engine, or set DOCKER_HOST")
            with log.open("ab") as out:
                # Its own session: it outlives this command and a Ctrl+C of it.
                subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if engine := reach(runner, cli):
                return engine
            time.sleep(0.3)
    raise UserError(f"the Docker engine did not answer within {START_SECONDS} s", f"see {log}")
