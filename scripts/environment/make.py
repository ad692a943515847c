"""Makes the environment in the cache, named after what it is made from, and .venv a link to it."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from scripts.core.causes import join_causes
from scripts.core.errors import NotStarted, UserError
from scripts.core.lock import exclusive
from scripts.core.paths import ROOT, cache_dir
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.environment import package_index, uv_program

REQUIREMENTS = "requirements-dev.txt"
UV_REQUIREMENTS = "requirements-uv.txt"
MADE_FROM = ".made-from"


def make(runner: Runner, steps: Steps, name: str, root: Path = ROOT) -> None:
    """Have `root`/.venv lead to the environment `name`. UserError says what could not be done and what to do."""
    link = root / ".venv"
    if not os.access(root, os.W_OK):
        user = str(os.geteuid())
        with suppress(KeyError):
            user = pwd.getpwuid(os.geteuid()).pw_name
        raise UserError(f"user {user} cannot write {root}", "work in a checkout of your own")
    venv = _in_cache(name) or link

    def on_wait() -> None:
        steps.log("Another ./dev makes the Python environment; waiting for it")

    with exclusive(lock(venv), on_wait):
        if _made_from(venv) != name:
            steps.log(f"Making the Python environment from {REQUIREMENTS} (once)")
            _install(runner, steps, venv, root)
            (venv / MADE_FROM).write_text(f"{name}\n")
        # A link that is right stays: another ./dev may be starting through it.
        if venv != link and not (link.is_symlink() and link.readlink() == venv):
            _remove(link)
            link.symlink_to(venv)


def lock(venv: Path) -> Path:
    """The lock to hold while the environment is made or removed."""
    return venv.with_name(f"{venv.name}.lock")


def _in_cache(name: str) -> Path | None:
    """The environment's folder in the cache; None if this user cannot write it."""
    try:
        venv = cache_dir() / "venv" / name
        venv.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: a user without a home folder
        return None
    return venv if os.access(venv, os.W_OK) and os.access(venv.parent, os.W_OK) else None


def _made_from(venv: Path) -> str:
    """Empty also where the Python that it leads to is gone, as after an upgrade."""
    with suppress(OSError):
        return (venv / MADE_FROM).read_text().strip() if os.access(venv / "bin/python", os.X_OK) else ""
    return ""


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _install(runner: Runner, steps: Steps, venv: Path, root: Path) -> None:
    if venv.parent != root:
        _install_with(runner, steps, venv.parents[1] / "uv", venv, root)
        return
    _remove(venv)
    with tempfile.TemporaryDirectory() as scratch:  # the cache is not writable
        _install_with(runner, steps, Path(scratch), venv, root)


def _install_with(runner: Runner, steps: Steps, folder: Path, venv: Path, root: Path) -> None:
    """`folder` keeps uv, and what uv downloads."""
    index = package_index.find(os.environ)
    uv = str(uv_program.ensure(runner, steps, uv_program.read_pin(root / UV_REQUIREMENTS), folder, index))
    env = {"UV_CACHE_DIR": str(folder / "cache"), "UV_PYTHON_DOWNLOADS": "never", **index.uv_settings()}
    create = [uv, "venv", "--clear", "--python", sys.executable, str(venv)]
    # Compiled here: where PYTHONDONTWRITEBYTECODE is set nobody else does, and each ./dev would start later.
    python = ["--python", str(venv / "bin/python")]
    install = [
        uv, "pip", "sync", *python, "--compile-bytecode", "--require-hashes", "--only-binary", ":all:", REQUIREMENTS,
    ]  # fmt: skip
    with steps.step(f"Install {REQUIREMENTS}") as step:
        lines: list[str] = []

        def on_line(line: str) -> None:
            lines.append(line)
            step.note(line)

        try:
            runner.run(create, env=env, on_line=on_line)
            runner.run(install, env=env, cwd=root, on_line=on_line)
            runner.run([uv, "pip", "check", *python], env=env, on_line=on_line)
        except NotStarted:
            raise UserError(f"cannot run {uv}", "set TODO_CACHE_DIR to a folder on a disk without noexec") from None
        except CommandFailed as failed:
            _raise(failed, lines, venv)
        step.note("")


def _raise(failed: CommandFailed, lines: list[str], venv: Path) -> NoReturn:
    said = [line for line in join_causes(lines) if line]
    errors = [line for line in said if line.startswith("error: ")]
    reason = (errors or said or ["it printed nothing, is the disk full?"])[-1].removeprefix("error: ")
    if failed.result.argv[1] == "venv":
        raise UserError(f"cannot make {venv}: {reason}", "check the disk, or set TODO_CACHE_DIR to a folder of yours")
    (venv / "uv.log").write_text("\n".join([*lines, ""]))
    fix = f"check network and disk, then run ./dev again (its whole output is in {venv / 'uv.log'})"
    raise UserError(f"uv could not install {REQUIREMENTS}: {reason}", fix)
