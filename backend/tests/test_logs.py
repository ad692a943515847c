"""The log lines of both Python services: one request has one id in all of them."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
from servers import KEYS, closed_port

FOLDERS = {"app": "backend", "todo_mcp": "mcp_server"}


@contextmanager
def process(module: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A service, once it listens."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=os.path.join(root, FOLDERS[module]),
        env={**os.environ, "TODO_LOG_FORMAT": "json", **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stderr is not None
            assert any("Uvicorn running on" in line for line in started.stderr), "it ended before it listened"
            yield started
        finally:
            started.kill()


def lines_of(started: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """What it logs from when it listens until it has ended."""
    started.send_signal(signal.SIGTERM)
    assert started.stderr is not None
    return [json.loads(line) for line in started.stderr]


Lines = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def logged(database_url: str) -> tuple[str, Lines]:
    """The id of a chat turn that adds a task, and what the services logged."""
    backend, mcp = closed_port(), closed_port()
    url = f"http://127.0.0.1:{backend}"
    settings = {
        "TODO_DATABASE_URL": database_url,
        "TODO_JWT_KEYS": KEYS,
        "TODO_MCP_URL": f"http://127.0.0.1:{mcp}/mcp",
    }
    with ExitStack() as stack:
        services = {
            "app": stack.enter_context(process("app", PORT=str(backend), **settings)),
            "todo_mcp": stack.enter_context(process("todo_mcp", PORT=str(mcp), TODO_API_URL=url)),
        }
        with httpx2.Client(base_url=url, timeout=60) as http:
            account = {"email": f"{uuid.uuid4().hex}@todo.test", "password": "a long password"}
            token = http.post("/api/auth/register", json=account).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            answer = http.post(
                "/api/me/chat",
                json={"message": "Add a task to buy milk"},
                headers={"X-Request-Id": "turn-1"},
            )
            assert answer.is_success, answer.text
            assert answer.headers["x-request-id"] == "turn-1"
            http.get("/api/me/tasks", params={"q": "hidden"}, headers={"X-Request-Id": "not usable"})
            http.get("/health")
        return "turn-1", {name: lines_of(started) for name, started in services.items()}


def test_a_turn_has_one_id_in_both_services(logged: tuple[str, Lines]) -> None:
    request_id, lines = logged
    about = {
        name: [line for line in found if line.get("request_id") == request_id]
        for name, found in lines.items()
    }
    assert {line["path"] for line in about["todo_mcp"] if "path" in line} == {"/mcp"}
    assert {"/api/me/chat", "/api/me/tasks"} <= {line["path"] for line in about["app"] if "path" in line}


def test_each_request_has_its_own_id_and_no_query_is_written(logged: tuple[str, Lines]) -> None:
    _, lines = logged
    access = [line for line in lines["app"] if line["logger"] == "uvicorn.access"]
    assert all(line["request_id"] for line in access)
    assert "hidden" not in json.dumps(lines)
    registered, listed = (
        next(line for line in access if line["path"] == path and line["request_id"] != "turn-1")
        for path in ("/api/auth/register", "/api/me/tasks")
    )
    assert registered["request_id"] != listed["request_id"]


def test_probes_that_succeed_are_no_lines(logged: tuple[str, Lines]) -> None:
    _, lines = logged
    assert "/health" not in {line.get("path") for found in lines.values() for line in found}
