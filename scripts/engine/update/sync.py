"""Applies a plan to one container by one shell script: remove, unpack, run.

The exit status says which stage failed. `tar -o -m` with blank owner names because the container's user is not ours
and reloaders compare times; contents are read before headers are written, so no file can shrink in between.
"""

from __future__ import annotations

import io
import os
import shlex
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from scripts.core.sources import read_regular
from scripts.engine.update.plan import Copy, Plan
from scripts.files.digests import file_digest, link_digest
from scripts.kube.exec import EXEC_SECONDS, TIMED_OUT, Executed
from scripts.kube.shell import Shell
from scripts.tiltfile.model import Run

REMOVE_FAILED, UNPACK_FAILED, FIRST_RUN = 81, 82, 90
LONGEST_SCRIPT = 96 * 1024

Stage = Literal["ok", "remove", "unpack", "run", "timed_out", "connection_lost"]


@dataclass(frozen=True)
class Outcome:
    """`ok` and `run`: the files are there, but with `run` a command failed. All others: they may not be there.
    `packed` are the digests of the bytes that were sent, `runs` the commands that have yet to succeed."""

    stage: Stage
    message: str = ""
    output: str = ""
    packed: Mapping[Path, str] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()


def archive(copies: Iterable[Copy]) -> tuple[bytes, dict[Path, str]]:
    """A tar of the files with absolute targets, and the digests of what it holds. A file that cannot be read any more
    is left out of both."""
    buffer = io.BytesIO()
    packed: dict[Path, str] = {}
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for copy in copies:
            info = tarfile.TarInfo(copy.target.lstrip("/"))
            try:
                status = copy.source.lstat()
                if stat.S_ISLNK(status.st_mode):
                    info.type, info.linkname, data = tarfile.SYMTYPE, os.readlink(copy.source), b""
                    packed[copy.source] = link_digest(info.linkname)
                elif stat.S_ISREG(status.st_mode):
                    data, mode = read_regular(copy.source)
                    packed[copy.source] = file_digest(data, mode)
                else:
                    continue
            except OSError:
                continue
            info.mode, info.size = stat.S_IMODE(status.st_mode) | stat.S_IRUSR, len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue(), packed


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


def outcome(done: Executed, runs: Sequence[Run], packed: Mapping[Path, str]) -> Outcome:
    """What an exit status means, in words for the person who saved the file."""
    output = (done.stdout + done.stderr).strip()
    last = output.splitlines()[-1] if output else f"status {done.status}"
    if done.status == 0:
        return Outcome("ok", "", output, packed)
    if FIRST_RUN <= done.status < FIRST_RUN + len(runs):
        first = done.status - FIRST_RUN
        lines = [line for line in output.splitlines() if not line.startswith("exit status ")]
        reason = lines[-1] if lines else last
        return Outcome("run", f"`{runs[first].argv[-1]}` failed: {reason}", output, packed, tuple(runs[first:]))
    if done.status == TIMED_OUT and runs:
        commands = "; ".join(run.argv[-1] for run in runs)
        return Outcome("timed_out", f"`{commands}` did not end within {EXEC_SECONDS} s", output)
    if done.status in (REMOVE_FAILED, UNPACK_FAILED):
        if "ermission denied" in output or "annot open" in output:
            last += " (the image's user must own the files and their folders)"
        return Outcome("remove" if done.status == REMOVE_FAILED else "unpack", last, output)
    if done.status in (126, 127):
        return Outcome("unpack", f"the image lacks sh, dd or tar: {last}", output)
    return Outcome("connection_lost", last, output)


def apply_plan(shell: Shell, plan: Plan) -> Outcome:
    """Apply a plan to the container of a shell; removals too many for one script go ahead in scripts of their own."""
    *ahead, removes = list(_chunks(plan.removes)) or [()]
    for more in ahead:
        done = shell.run(script(more, False, ()))
        if done.status:
            return outcome(done, (), {})
    data, packed = archive(plan.copies) if plan.copies else (b"", {})
    done = shell.run(script(removes, bool(plan.copies), plan.runs), data)
    return outcome(done, plan.runs, packed)


def _chunks(removes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Paths in the order given, as many at a time as a script may name."""
    chunk: list[str] = []
    size = 0
    for path in removes:
        if chunk and size + len(path) > LONGEST_SCRIPT:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(path)
        size += len(shlex.quote(path)) + 1
    if chunk:
        yield tuple(chunk)
