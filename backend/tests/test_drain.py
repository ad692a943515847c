"""What becomes of connections when a server ends, with the loss that the drain is there to prevent."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import uvicorn
from kept_connection import DEADLINE_SECONDS, keep_connection
from model_api import ModelApi, says
from postgres import BACKEND
from servers import KEYS, closed_port, listening, serving
from todo_mcp.main import create_app as create_mcp_app
from todo_mcp.settings import Settings as McpSettings
from waiting import until

from app.drain import Server


class Answers:
    """Answers at once, except on /held and /begun: there it waits for `go`, on /begun after the head."""

    def __init__(self) -> None:
        self.arrived, self.go = threading.Event(), threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
        if scope["path"] == "/begun":
            await send(head)
        if scope["path"] != "/":
            self.arrived.set()
            await asyncio.to_thread(self.go.wait)
        if scope["path"] != "/begun":
            await send(head)
        await send({"type": "http.response.body", "body": b"ok"})


@dataclass(frozen=True)
class Running:
    port: int
    app: Answers
    server: uvicorn.Server
    thread: threading.Thread

    def end(self) -> None:
        """As SIGTERM does; returns when the server accepts no more connections."""
        self.server.should_exit = True
        until_refused(self.port)


def until_refused(port: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    pytest.fail(f"port {port} still accepts connections")


@contextmanager
def running(http: Any, server_class: type[uvicorn.Server], **options: Any) -> Iterator[Running]:
    app = Answers()
    config = uvicorn.Config(
        app, http=http, lifespan="off", log_level="critical", timeout_graceful_shutdown=30
    )
    with listening() as listener:
        server = server_class(config, **options)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield Running(listener.getsockname()[1], app, server, thread)
        finally:
            app.go.set()
            server.should_exit = True
            thread.join()


@pytest.fixture(params=["h11", "httptools"])
def http(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_requests_that_the_end_of_a_server_crosses_are_answered_and_end_their_connections(http: str) -> None:
    with (
        running(http, Server) as it,
        keep_connection(it.port) as kept,
        keep_connection(it.port) as unused,
    ):
        assert "connection: close" not in kept.ask("/").lower()
        it.end()
        for connection in (kept, unused):
            assert "connection: close" in connection.ask("/").lower()
            connection.wait_for_end()
        it.thread.join(DEADLINE_SECONDS)
        assert not it.thread.is_alive()


def test_without_the_drain_those_requests_are_lost(http: str) -> None:
    with (
        running(http, uvicorn.Server) as it,
        keep_connection(it.port) as kept,
        keep_connection(it.port) as unused,
    ):
        kept.ask("/")
        it.end()
        assert [kept.ask("/"), unused.ask("/")] == ["", ""]


def test_an_answer_that_had_not_begun_announces_the_end_of_its_connection(http: str) -> None:
    with running(http, Server) as it, keep_connection(it.port) as kept:
        kept.send("/held")
        assert it.app.arrived.wait(DEADLINE_SECONDS)
        it.end()
        it.app.go.set()
        assert "connection: close" in kept.answer().lower()
        kept.wait_for_end()


def test_after_an_answer_that_had_begun_the_connection_takes_one_more_request(http: str) -> None:
    with running(http, Server) as it, keep_connection(it.port) as kept:
        kept.send("/begun")
        assert it.app.arrived.wait(DEADLINE_SECONDS)
        it.end()
        it.app.go.set()
        assert "connection: close" not in kept.answer().lower()
        assert "connection: close" in kept.ask("/").lower()


def test_connections_that_stay_idle_are_closed_in_the_end(http: str) -> None:
    with (
        running(http, Server, idle_seconds=0.01) as it,
        keep_connection(it.port) as busy,
        keep_connection(it.port) as kept,
        keep_connection(it.port) as unused,
    ):
        kept.ask("/")
        busy.send("/held")
        assert it.app.arrived.wait(DEADLINE_SECONDS)
        it.end()
        kept.wait_for_end()
        unused.wait_for_end()
        it.app.go.set()
        assert busy.answer().startswith("HTTP/1.1 200")
        it.thread.join(DEADLINE_SECONDS)
        assert not it.thread.is_alive()


def test_a_request_that_has_arrived_in_part_is_waited_for(http: str) -> None:
    with (
        running(http, Server, idle_seconds=0.01) as it,
        keep_connection(it.port) as slow,
        keep_connection(it.port) as idle,
    ):
        slow.ask("/")
        slow.send_raw(b"GET / HTTP/1.1\r\n")
        idle.ask("/")  # answered after the part was read
        it.end()
        idle.wait_for_end()
        slow.send_raw(b"Host: backend\r\n\r\n")
        assert "connection: close" in slow.answer().lower()


@contextmanager
def process(port: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m app`, once it listens; ended at the latest with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "app"],
        cwd=BACKEND,
        env={**os.environ, "PORT": str(port), "TODO_JWT_KEYS": KEYS, **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stderr is not None
            assert any("Uvicorn running on" in line for line in started.stderr), "it ended before it listened"
            yield started
        finally:
            started.kill()


def test_the_process_answers_a_request_that_crosses_sigterm() -> None:
    port = closed_port()
    with process(port, TODO_DATABASE_URL="postgresql+psycopg://todo@127.0.0.1:1/todo") as started:
        with keep_connection(port) as kept:
            kept.ask("/health")
            started.send_signal(signal.SIGTERM)
            until_refused(port)
            answer = kept.ask("/health").lower()
        assert "connection: close" in answer and "server:" not in answer
        assert started.wait(DEADLINE_SECONDS) in (0, -signal.SIGTERM)


def test_after_sigterm_the_process_is_unready_then_drains_and_a_stream_goes_on_to_its_end(
    database_url: str,
) -> None:
    port, asked, go = closed_port(), threading.Event(), threading.Event()

    def held(_: Any) -> dict[str, Any]:
        asked.set()
        assert go.wait(DEADLINE_SECONDS)
        return says("You have no tasks.")

    url = f"http://127.0.0.1:{port}"
    mcp_app = create_mcp_app(McpSettings.model_validate({"TODO_API_URL": url}))
    with (
        serving(ModelApi(held).app) as model_url,
        serving(mcp_app) as mcp_url,
        process(
            port,
            TODO_DATABASE_URL=database_url,
            TODO_MCP_URL=f"{mcp_url}/mcp",
            TODO_UNREADY_SECONDS="600",
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=f"{model_url}/v1",
        ) as started,
        httpx2.Client(base_url=url, timeout=DEADLINE_SECONDS) as http,
    ):
        body = {"email": "stream@todo.test", "password": "a long password"}
        token = http.post("/api/auth/register", json=body).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        with http.stream(
            "POST", "/api/me/chat/stream", json={"message": "Show my tasks"}, headers=headers
        ) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: start" and asked.wait(DEADLINE_SECONDS)

            assert httpx2.get(f"{url}/ready").status_code == 200
            started.send_signal(signal.SIGTERM)
            until(lambda: httpx2.get(f"{url}/ready").status_code == 503)
            problem = httpx2.get(f"{url}/ready")
            assert problem.headers["content-type"] == "application/problem+json"
            assert "shutting down" in problem.json()["detail"]
            assert httpx2.get(f"{url}/api/me/tasks", headers=headers).json() == []

            started.send_signal(signal.SIGTERM)  # does not wait any longer
            until_refused(port)
            go.set()
            assert "event: done" in list(lines)
        assert started.wait(DEADLINE_SECONDS) in (0, -signal.SIGTERM)
