"""The machine itself: processor, memory, disk, cgroups, clock and the kernel's limits for watching files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.core.disk import Need, spaces
from scripts.doctor.finding import Finding, ok, problem, skipped, warning

TESTED = ("x86_64", "amd64")
COMPILES = (*TESTED, "aarch64", "arm64")
STACK_GB = 2.0
COMPILE_GB = 4.0
CLOCK_SECONDS = 30
PROC = Path("/proc")


def architecture(machine: str) -> Finding:
    """By the name that `uname -m` or Docker gives it."""
    if machine in TESTED:
        return ok("architecture", machine)
    if machine in COMPILES:
        what = f"{machine}: all that is pinned exists for it, but the tests have only been run on x86-64"
        return warning("architecture", what, "run ./dev test, and report what fails")
    return problem("architecture", f"{machine} is not supported", "use an x86-64 machine")


def memory(meminfo: str, *, to_compile: bool) -> Finding:
    """By the text of /proc/meminfo, "" where there is none; the compile of the embedded cluster needs most."""
    found = re.search(r"^MemAvailable: +(\d+) kB", meminfo, re.MULTILINE)
    if not found:
        return skipped("memory", "this system does not say how much is free")
    free, needed = int(found[1]) / 1e6, COMPILE_GB if to_compile else STACK_GB
    purpose = "compile Kubernetes" if to_compile else "run the stack"
    if free >= needed:
        return ok("memory", f"{free:.1f} GB free")
    return warning("memory", f"{free:.1f} GB free, {needed:g} GB are needed to {purpose}", "end other programs")


def disk(needs: Iterable[Need]) -> list[Finding]:
    """Of each file system on which something has to be made."""
    found = spaces(needs)
    if not found:
        return [ok("disk", "nothing has to be made that needs space")]
    return [
        problem("disk", space.problem, space.fix) if space.problem
        else ok("disk", f"{space.free:.0f} GB free in {space.folder}, {space.needed:g} GB are needed: "
                f"{' and '.join(space.purposes)}")
        for space in found
    ]  # fmt: skip


def cgroups(version: str) -> Finding:
    """The version that Docker tells."""
    if version == "2":
        return ok("cgroups", "version 2")
    if version == "1":
        cure = "boot with systemd.unified_cgroup_hierarchy=1"
        return warning("cgroups", "version 1, which Kubernetes will not support for long", cure)
    return skipped("cgroups", "the Docker engine does not say which version it uses")


def clock(other: str, now: datetime, whose: str = "the Docker engine") -> Finding:
    """`other` is the time that something else told just now, as ISO 8601."""
    try:
        apart = abs((datetime.fromisoformat(other) - now).total_seconds())
    except (ValueError, TypeError):
        return skipped("clock", f"{whose} does not tell its time")
    if apart <= CLOCK_SECONDS:
        return ok("clock", f"the same as that of {whose}")
    what = f"{apart:.0f} s apart from that of {whose}: certificates and logins would be refused"
    return problem("clock", what, "set both by NTP: timedatectl set-ntp true; in WSL: wsl --shutdown, and start again")


@dataclass(frozen=True)
class Watches:
    """inotify: how many watches or instances are allowed and in use by this user, and what a loop adds: nothing if it
    runs."""

    allowed: int
    used: int
    wanted: int


def inotify(watches: Watches, instances: Watches) -> Finding:
    for name, found in (("watches", watches), ("instances", instances)):
        if found.used + found.wanted > found.allowed:
            what = f"{found.allowed} {name} are allowed, {found.used} in use, and a loop needs {found.wanted} more"
            wanted = {"watches": 524_288, "instances": 1024}[name]
            return problem("inotify", what, f"run: sudo sysctl fs.inotify.max_user_{name}={wanted}")
    free = watches.allowed - watches.used
    if not watches.wanted:
        return ok("inotify", f"{free} watches are free, beside those of the loop that runs")
    return ok("inotify", f"{free} watches are free for the {watches.wanted} folders that a loop watches")


def used_inotify(user: int, proc: Path = PROC) -> tuple[int, int]:
    """The watches and instances of a user's processes that may be read."""
    watches = instances = 0
    for process in proc.iterdir():
        if not process.name.isdecimal():
            continue
        with suppress(OSError):
            if process.stat().st_uid != user:
                continue
            for handle in (process / "fd").iterdir():
                with suppress(OSError):
                    if os.readlink(handle) == "anon_inode:inotify":
                        told = (process / "fdinfo" / handle.name).read_text()
                        instances, watches = instances + 1, watches + told.count("inotify wd:")
    return watches, instances


def limit(name: str, proc: Path = PROC) -> int:
    """A limit of the kernel's for inotify; 0 on a system without one."""
    try:
        return int((proc / "sys/fs/inotify" / name).read_text())
    except (OSError, ValueError):
        return 0
