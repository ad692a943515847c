"""Ports of this machine that lead to pods, and programs that have them already."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from scripts.kube import forward
from scripts.kube.forward import Forward
from tests.ports import closed_port
from tests.unit.engine.live_cluster import Hands, until

LISTENS = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
print("listening", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(forward, "RETRY_SECONDS", 0.02)
    return closed_port()


@contextmanager
def another_program(address: str, port: int) -> Iterator[int]:
    argv = [sys.executable, "-c", LISTENS, address, str(port)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        if process.stdout.readline() != "listening\n":
            pytest.skip(f"{address} is not available here")
        yield process.pid
        process.stdin.close()


class Forwarded:
    """A forward to a resource without pods, which closes each connection."""

    def __init__(self, port: int) -> None:
        self.asked = self.changes = 0
        self.forward = Forward(Hands("http://127.0.0.1:1"), port, 80, self.pod, self.changed)

    def pod(self) -> tuple[str, str] | None:
        self.asked += 1
        return None

    def changed(self) -> None:
        self.changes += 1


def ends(address: str, port: int) -> bytes:
    with socket.create_connection((address, port), 10) as connection:
        return connection.recv(1)


def test_a_free_port_leads_to_the_pods_under_every_address_of_localhost(port: int) -> None:
    made = Forwarded(port)
    assert made.forward.problem == ""
    assert ends("127.0.0.1", port) == b"" and made.asked == 1
    if socket.has_ipv6:
        assert ends("::1", port) == b"" and made.asked == 2
    made.forward.stop()
    for address in ("127.0.0.1", "::1"):
        with pytest.raises(OSError):
            ends(address, port)
    assert made.changes == 0


def test_a_port_that_two_resources_forward_is_not_blamed_on_this_program(port: int) -> None:
    first, second = Forwarded(port), Forwarded(port)
    assert second.forward.problem.startswith(f"port {port} is used twice, by another port-forward or the page; ")
    first.forward.stop()
    until(lambda: not second.forward.problem, "it has the port")
    second.forward.stop()


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_port_that_another_program_has_is_a_problem_until_that_ends(port: int, address: str) -> None:
    with another_program(address, port) as pid:
        made = Forwarded(port)
        assert f"(pid {pid}); stop it, and the forward starts by itself" in made.forward.problem
        assert made.forward.problem.startswith(f"port {port} is in use by python")
        assert made.changes == 0
    until(lambda: made.forward.problem == "" and made.changes, "the port was taken after it became free")
    assert ends("127.0.0.1", port) == b"" and made.asked == 1
    made.forward.stop()


def test_a_forward_that_is_stopped_while_it_waits_never_takes_the_port(port: int) -> None:
    with another_program("127.0.0.1", port):
        made = Forwarded(port)
        made.forward.stop()
    for thread in threading.enumerate():
        if thread.name == f"forward {port}":
            thread.join(10)
    assert f"forward {port}" not in {thread.name for thread in threading.enumerate()}
    socket.create_server(("127.0.0.1", port)).close()
    assert made.changes == 0


NO_DESCRIPTORS = """
import os, resource, socket, sys, threading
from scripts.kube import forward
from tests.unit.kube.test_forward import Forwarded, ends

held, failed = [], threading.Event()
listen, accept = forward.listen, socket.socket.accept

def listen_with_the_last(port):
    listeners = listen(port)
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return listeners

def watched_accept(listener):
    try:
        return accept(listener)
    except OSError:
        failed.set()
        raise

resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
forward.listen, socket.socket.accept = listen_with_the_last, watched_accept
made = Forwarded(int(sys.argv[1]))
assert failed.wait(10)
for descriptor in held:
    os.close(descriptor)
print(ends("127.0.0.1", int(sys.argv[1])), made.asked)
"""


def test_a_forward_goes_on_after_it_had_no_file_descriptor_for_a_connection(port: int) -> None:
    argv = [sys.executable, "-c", NO_DESCRIPTORS, str(port)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.stdout == "b'' 1\n", done.stderr
