"""Tunnels: real programs that outlive the command that wanted them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.cluster import tunnel
from scripts.core import process
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from tests.unit.cluster.cluster_home import own_home

SERVE = """\
import socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
print(f"Forwarding from 127.0.0.1:{server.getsockname()[1]} -> 80", flush=True)
while True:
    server.accept()[0].close()
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    own_home(tmp_path, monkeypatch)
    path = tmp_path / "serve.py"
    path.write_text(SERVE)
    yield [sys.executable, str(path)]
    tunnel.close_all("here")


def pid_of(tmp_path: Path) -> int:
    record = tunnel._read(tmp_path / "cache" / "tunnels" / "here" / "web.json")
    assert record is not None
    return record.pid


def has_ended(pid: int) -> bool:
    """Gone, or waiting only for its parent to take notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 30
    while not has_ended(pid):
        assert time.monotonic() < deadline, f"pid {pid} still runs"
        time.sleep(0.02)


def test_a_tunnel_is_opened_once_and_used_by_every_command(program: list[str], tmp_path: Path) -> None:
    port = tunnel.ensure(Subprocess(), "here", "web", program)
    pid = pid_of(tmp_path)
    assert os.getsid(pid) == pid  # out of reach of a Ctrl+C
    assert tunnel.ensure(Subprocess(), "here", "web", program) == port
    assert pid_of(tmp_path) == pid


def test_a_tunnel_that_has_ended_is_opened_anew(program: list[str], tmp_path: Path) -> None:
    tunnel.ensure(Subprocess(), "here", "web", program)
    first = pid_of(tmp_path)
    os.kill(first, 9)
    wait_for_end(first)
    assert tunnel.ensure(Subprocess(), "here", "web", program)
    assert pid_of(tmp_path) != first


def test_all_tunnels_of_a_cluster_end_with_it(program: list[str], tmp_path: Path) -> None:
    tunnel.ensure(Subprocess(), "here", "web", program)
    pid = pid_of(tmp_path)
    tunnel.close_all("there")
    assert not has_ended(pid)
    tunnel.close_all("here")
    wait_for_end(pid)


def test_who_is_interrupted_while_a_tunnel_starts_leaves_no_program_behind(
    program: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(port: int) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(tunnel, "answers", interrupted)
    starting = "import os, signal; print(os.getpid(), '127.0.0.1:1', flush=True); signal.pause()"
    with pytest.raises(KeyboardInterrupt):
        tunnel.ensure(Subprocess(), "here", "web", [sys.executable, "-c", starting])
    wait_for_end(int((tmp_path / "cache/tunnels/here/web.log").read_text().split()[0]))


def test_a_tunnel_that_a_background_command_made_ends_too(program: list[str], tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does it for `./dev up &`
    try:
        tunnel.ensure(Subprocess(), "here", "web", program)
    finally:
        signal.signal(signal.SIGINT, before)
    pid = pid_of(tmp_path)
    tunnel.close_all("here")
    wait_for_end(pid)


def test_another_program_with_the_number_of_one_that_ended_is_not_touched(program: list[str], tmp_path: Path) -> None:
    tunnel.ensure(Subprocess(), "here", "web", program)
    record = tmp_path / "cache" / "tunnels" / "here" / "web.json"
    pid = pid_of(tmp_path)
    started = process.start_time(pid)
    record.write_text(record.read_text().replace(f'"{started}"', f'"{started}1"'))
    tunnel.close_all("here")
    assert not has_ended(pid)
    os.kill(pid, 9)


def test_a_tunnel_that_cannot_be_made_tells_the_last_words_of_its_program(program: list[str]) -> None:
    failing = [sys.executable, "-c", "import sys; print('error: no such service', file=sys.stderr); sys.exit(1)"]
    with pytest.raises(UserError, match="the tunnel into the cluster ended: error: no such service"):
        tunnel.ensure(Subprocess(), "here", "web", failing)
    with pytest.raises(UserError, match="minikube-that-is-not-here could not be started"):
        tunnel.ensure(Subprocess(), "here", "web", ["minikube-that-is-not-here"])
