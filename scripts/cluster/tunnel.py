"""Tunnels into clusters whose nodes this machine cannot reach: a program that holds a local port open, shared by all
commands until its cluster is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.core import process
from scripts.core.errors import UserError
from scripts.core.lock import exclusive
from scripts.core.paths import ROOT, cache_dir
from scripts.core.runner import Runner

SECONDS = 60.0
# As `minikube service --url` and `kubectl port-forward` print it.
_LISTENING = re.compile(r"127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Tunnel:
    """A running program and the port of 127.0.0.1 that it serves."""

    pid: int
    started: str
    port: int
    argv: list[str]


def ensure(runner: Runner, cluster: str, name: str, argv: Sequence[str]) -> int:
    """The local port of the tunnel `name` into `cluster`; `argv` is the program that makes it and prints the port."""
    record = _folder(cluster) / f"{name}.json"
    with exclusive(record.with_suffix(".lock"), lambda: None):
        known = _read(record)
        if known and known.argv == list(argv) and process.runs(known.pid, known.started) and answers(known.port):
            return known.port
        if known:
            _end(known)
        tunnel = _start(runner, record.with_suffix(".log"), list(argv))
        record.write_text(json.dumps(asdict(tunnel)))
        return tunnel.port


def close_all(cluster: str) -> None:
    """End the tunnels into a cluster."""
    for record in _folder(cluster).glob("*.json"):
        if known := _read(record):
            _end(known)
        record.unlink(missing_ok=True)


def _folder(cluster: str) -> Path:
    return cache_dir() / "tunnels" / re.sub(r"[^\w.-]", "_", cluster)


def _read(record: Path) -> Tunnel | None:
    try:
        return Tunnel(**json.loads(record.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _start(runner: Runner, log: Path, argv: list[str]) -> Tunnel:
    started = runner.run([sys.executable, "-m", "scripts.cluster.detached", str(log), *argv], cwd=ROOT, check=False)
    if started.returncode != 0:
        raise UserError(f"{argv[0]} could not be started: {started.last_line()}", f"install {argv[0]}")
    pid = int(started.stdout)
    start_time = process.start_time(pid)
    try:
        return Tunnel(pid, start_time, _port(pid, start_time, log, argv), argv)
    except BaseException:  # a Ctrl+C too, which the program itself does not get
        if process.runs(pid, start_time):
            _kill(pid)
        raise


def _port(pid: int, start_time: str, log: Path, argv: list[str]) -> int:
    """The port that a program prints, once it answers. Raises UserError if the program ends, or after SECONDS."""
    deadline = time.monotonic() + SECONDS
    while True:
        output = log.read_text(errors="replace")
        if (found := _LISTENING.search(output)) and answers(int(found[1])):
            return int(found[1])
        reason = (output.strip().splitlines() or ["it printed nothing"])[-1]
        if not process.runs(pid, start_time):
            raise UserError(f"the tunnel into the cluster ended: {reason}", f"to see why, run: {' '.join(argv)}")
        if time.monotonic() > deadline:
            raise UserError(f"no tunnel into the cluster after {SECONDS:g} s: {reason}", f"try: {' '.join(argv)}")
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def _end(tunnel: Tunnel) -> None:
    if process.runs(tunnel.pid, tunnel.started):
        _kill(tunnel.pid)


def _kill(pid: int) -> None:
    """Its whole session: `minikube service` has an ssh of its own, and ends it on an interrupt only."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGINT)
