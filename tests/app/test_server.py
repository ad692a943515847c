"""What browsers do not send: through the frontend's server to the real backend and the real MCP server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from scripts.local_app import LocalApp
from tests.app.person import Person

LARGE = 2_000_000
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def http(app: LocalApp, ada: Person) -> Iterator[httpx.Client]:
    """Ada's requests, by her access token."""
    auth = {"Authorization": f"Bearer {ada.token}"}
    with httpx.Client(base_url=app.url, headers=auth, timeout=60, trust_env=False) as client:
        yield client


def test_a_body_beyond_the_limit_is_refused_in_words_while_it_is_still_sent(http: httpx.Client) -> None:
    for _ in range(10):
        answer = http.post("/api/me/tasks", json={"title": "x" * LARGE})
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_a_turn_arrives_as_events_whose_last_one_is_the_answer(http: httpx.Client) -> None:
    with http.stream("POST", "/api/me/chat/stream", json={"message": "Add a task to buy groceries"}) as answer:
        assert answer.headers["x-accel-buffering"] == "no"
        kinds = [line.removeprefix("event: ") for line in answer.iter_lines() if line.startswith("event: ")]
    assert (kinds[0], kinds[-1]) == ("start", "done")
    assert "tool_call" in kinds and "tool_result" in kinds
    assert [task["title"] for task in http.get("/api/me/tasks").json()] == ["buy groceries"]


def test_after_a_client_has_left_a_turn_its_requests_are_answered(http: httpx.Client) -> None:
    with http.stream("POST", "/api/me/chat/stream", json={"message": "Add a task to buy groceries"}) as answer:
        next(answer.iter_lines())
    assert http.get("/api/me/tasks").status_code == 200


def test_tools_are_called_with_a_personal_token(http: httpx.Client, app: LocalApp) -> None:
    token = http.post("/api/auth/tokens", json={"name": "script"}).json()["token"]
    call = {"name": "add_task", "arguments": {"title": "By a tool"}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {"Authorization": f"Bearer {token}", **ACCEPT}
    answer = httpx.post(f"{app.url}/mcp", json=asked, headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    data = next(line for line in answer.text.splitlines() if "result" in line).removeprefix("data: ")
    assert json.loads(data)["result"]["structuredContent"]["title"] == "By a tool"
    assert [task["title"] for task in http.get("/api/me/tasks").json()] == ["By a tool"]


def test_without_a_token_nothing_is_told(app: LocalApp) -> None:
    for method, path in (("GET", "/api/me/tasks"), ("POST", "/mcp")):
        answer = httpx.request(method, f"{app.url}{path}", headers=ACCEPT, timeout=60, trust_env=False)
        assert answer.status_code == 401
