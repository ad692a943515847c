"""Processes told apart across restarts: a pid alone may be another process's by now, or another machine's."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

from scripts.core.runner import Subprocess

PROC = Path("/proc")


@cache
def machine() -> str:
    """This machine as booted now, and on Linux the pid namespace: where a pid and its start time mean one process.

    Not the host name: WSL's distributions share it and the kernel, containers may share it too.
    """
    parts = []
    for file in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        with suppress(OSError):
            parts.append(Path(file).read_text().strip())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts) or f"{uuid.getnode():x}"


def start_time(pid: int) -> str:
    """When a process started, as its system writes it; "" if no such process runs."""
    try:
        state, *fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        if PROC.is_dir():
            return ""
        return Subprocess().run(["ps", "-o", "lstart=", "-p", str(pid)], check=False).stdout.strip()
    return "" if state == "Z" else fields[18]  # a zombie only waits for its parent


def runs(pid: int, started: str) -> bool:
    """Whether the process that had this pid and this start time still runs."""
    return started != "" and start_time(pid) == started
