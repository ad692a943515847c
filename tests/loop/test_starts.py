"""Loops that start, stop and are suspended: on a port that is taken, and one after another on one cluster."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from scripts.core.errors import UserError
from tests.loop.running_loop import PORT, Edits, RunningLoop

SECOND_PORT = 10378


class OtherProgram(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"another program")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def port_taken(port: int) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", port), OtherProgram)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def stopped(loop: RunningLoop) -> Iterator[RunningLoop]:
    """The loop of all tests, not running; it runs again afterwards."""
    loop.stop()
    yield loop
    if loop.exit_status(0) is not None:
        loop.start()


def test_a_port_that_another_program_has_is_named_in_the_row_and_tried_again(stopped: RunningLoop) -> None:
    loop = stopped
    with port_taken(3000):
        loop.launch(["./dev", "up", "--engine", "embedded"], {"TODO_PAGE_PORT": str(PORT)})
        loop.until(lambda: "port 3000" in loop.resource("frontend").get("note", ""), "the row names the port")
        links = [link["url"] for link in loop.resource("frontend")["links"]]
        assert not any(":3000" in link for link in links), links
    loop.until(lambda: not loop.resource("frontend")["note"], "the port is forwarded")
    loop.until(loop.green, "all is green")
    assert httpx.get("http://127.0.0.1:3000/health", trust_env=False).json()["revision"] == loop.sources("frontend")


def test_a_suspended_loop_whose_cluster_another_took_over_ends_with_a_sentence(stopped: RunningLoop) -> None:
    first, second = stopped, RunningLoop(stopped.folder, SECOND_PORT)
    first.start()
    first.signal(signal.SIGSTOP)
    try:
        start_when_free(second)
        first.signal(signal.SIGCONT)
        assert first.exit_status(60) == 1
        with pytest.raises(UserError, match=f"another loop took over .*{second.folder}"):
            first.check_alive()
        assert second.green()
    finally:
        first.signal(signal.SIGCONT)
        assert second.stop() == 0


def test_a_single_run_ends_with_a_named_pipe_among_the_sources(edits: Edits, stopped: RunningLoop) -> None:
    edits.pipe("mcp_server/todo_mcp/pipe")
    words = ["./dev", "up", "--once", "--engine", "embedded"]
    once = subprocess.run(words, cwd=stopped.folder, capture_output=True, text=True, timeout=180)
    assert once.returncode == 0, once.stderr


def start_when_free(loop: RunningLoop) -> None:
    """Start it as often as it takes until the cluster is given to it: another holds it until its lease has expired."""

    def started() -> bool:
        try:
            loop.start()
        except UserError as error:
            if "another loop runs" not in error.what:
                raise
            return False
        return True

    deadline = time.monotonic() + 90
    while not started():
        assert time.monotonic() < deadline, "the lease of a suspended loop must expire"
