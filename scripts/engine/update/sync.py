"""Carries a plan out in one container by one exec: remove, unpack, run, in a single shell script.

The exit status says which stage failed. `tar -o -m` with blank owner names because the container's user is not ours
and reloaders compare times; contents are read before headers are written, so no file can shrink in between.
"""

from __future__ import annotations

import io
import os
import shlex
import stat
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from scripts.engine.model import Run
from scripts.engine.update.plan import Copy, Plan
from scripts.kube.api import Kube
from scripts.kube.exec import EXEC_SECONDS, TIMED_OUT, Executed

REMOVE_FAILED, UNPACK_FAILED, FIRST_RUN = 81, 82, 90
LONGEST_SCRIPT = 96 * 1024

Stage = Literal["ok", "remove", "unpack", "run", "broken"]


@dataclass(frozen=True)
class Container:
    """A running container; `id` changes with every restart."""

    namespace: str
    pod: str
    name: str
    id: str


@dataclass(frozen=True)
class Outcome:
    """`remove`, `unpack`, `broken`: the files may not be there. `run`: they are, but a command failed."""

    stage: Stage
    message: str = ""
    output: str = ""


def archive(copies: Iterable[Copy]) -> bytes:
    """A tar of the files with absolute targets; a file that vanished meanwhile is left out (its event follows)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for copy in copies:
            info = tarfile.TarInfo(copy.target.lstrip("/"))
            try:
                status = copy.source.lstat()
                if stat.S_ISLNK(status.st_mode):
                    info.type, info.linkname, data = tarfile.SYMTYPE, os.readlink(copy.source), b""
                elif stat.S_ISREG(status.st_mode):
                    data = copy.source.read_bytes()
                else:
                    continue
            except OSError:
                continue
            info.mode, info.size = stat.S_IMODE(status.st_mode) | stat.S_IRUSR, len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def script(removes: Sequence[str], copies: bool, runs: Sequence[Run]) -> str:
    """One sh script with a status of its own for every stage. The archive comes by stdin, which runs do not see."""
    lines = []
    if removes:
        lines.append(f"rm -rf -- {shlex.join(removes)} || exit {REMOVE_FAILED}")
    if copies:
        lines.append(f"tar -x -o -m -C / -f - || exit {UNPACK_FAILED}")
    for number, run in enumerate(runs):
        failed = f'echo "exit status $?" >&2; exit {FIRST_RUN + number};'
        lines.append(f"{shlex.join(run.argv)} </dev/null || {{ {failed} }}")
    return "\n".join(lines)


def outcome(done: Executed, runs: Sequence[Run]) -> Outcome:
    """What an exit status means, in words for the person who saved the file."""
    output = (done.stdout + done.stderr).strip()
    last = output.splitlines()[-1] if output else f"status {done.status}"
    if done.status == 0:
        return Outcome("ok", "", output)
    if FIRST_RUN <= done.status < FIRST_RUN + len(runs):
        command = runs[done.status - FIRST_RUN].argv[-1]
        lines = [line for line in output.splitlines() if not line.startswith("exit status ")]
        reason = lines[-1] if lines else last
        return Outcome("run", f"`{command}` failed: {reason}", output)
    if done.status == TIMED_OUT and runs:
        commands = "; ".join(run.argv[-1] for run in runs)
        return Outcome("run", f"`{commands}` did not end within {EXEC_SECONDS} s", output)
    if done.status in (REMOVE_FAILED, UNPACK_FAILED):
        if "ermission denied" in output or "annot open" in output:
            last += " (the image's user must own the files and their folders)"
        return Outcome("remove" if done.status == REMOVE_FAILED else "unpack", last, output)
    if done.status in (126, 127):
        return Outcome("unpack", f"the image has no sh and tar: {last}", output)
    return Outcome("broken", last, output)


def carry_out(kube: Kube, container: Container, plan: Plan) -> Outcome:
    """Apply a plan to one container."""
    text = script(plan.removes, bool(plan.copies), plan.runs)
    if len(text) > LONGEST_SCRIPT:
        return Outcome("broken", f"{len(plan.removes)} files were removed at once")
    data = archive(plan.copies) if plan.copies else b""
    done = kube.execute(container.namespace, container.pod, container.name, ["sh", "-c", text], data)
    return outcome(done, plan.runs)
