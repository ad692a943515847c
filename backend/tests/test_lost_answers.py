"""A change whose answer gets lost: it is on record before it is made, and "Try again" makes it once."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, tzinfo
from typing import Any

import httpx2
import pytest
from postgres import Server, execute
from servers import Person, Stack, running_stack, serving
from sqlalchemy import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from todo_mcp.main import create_app as create_mcp_app
from todo_mcp.settings import Settings as McpSettings

from app.chat import conversation
from app.chat.changes import UNKNOWN
from app.chat.toolbox import Toolbox


class LosesAnswers:
    """Stands before a server and hands on all requests; while `losing`, no answer to one that adds a task."""

    def __init__(self, url: str) -> None:
        self.losing = True
        self._url = url
        methods = ["GET", "POST", "PATCH", "DELETE"]
        self.app = Starlette(routes=[Route("/{path:path}", self._hand_on, methods=methods)])

    async def _hand_on(self, request: Request) -> Response:
        body = await request.body()
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length")}
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
            url = f"{self._url}{request.url.path}?{request.url.query}"
            answer = await http.request(request.method, url, content=body, headers=headers)
        adds = b'"add_task"' in body or (request.method, request.url.path) == ("POST", "/api/me/tasks")
        if self.losing and adds:
            return Response("lost", 502)
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))


@pytest.fixture(scope="module", params=["between backend and MCP server", "between MCP server and API"])
def losing(
    request: pytest.FixtureRequest, database_url: str, stack: Stack
) -> Iterator[tuple[Stack, LosesAnswers]]:
    with ExitStack() as servers:
        if request.param == "between backend and MCP server":
            proxy = LosesAnswers(stack.app.state.settings.mcp_url.removesuffix("/mcp"))
            url = servers.enter_context(serving(proxy.app))
        else:
            proxy = LosesAnswers(stack.url)
            api_url = servers.enter_context(serving(proxy.app))
            mcp_app = create_mcp_app(McpSettings.model_validate({"TODO_API_URL": api_url}))
            url = servers.enter_context(serving(mcp_app))
        yield servers.enter_context(running_stack(database_url, mcp_url=f"{url}/mcp")), proxy


def test_a_change_with_a_lost_answer_is_on_record(losing: tuple[Stack, LosesAnswers]) -> None:
    stack, proxy = losing
    proxy.losing = True
    person = stack.sign_up()
    with person.http:
        response = person.http.post("/api/me/chat", json={"message": "Add a task to buy milk"})
        assert response.status_code == 503
        [call] = response.json()["tool_calls"]
        assert (call["name"], call["ok"], call["result"]) == ("add_task", False, UNKNOWN)
        assert set(call) == {"name", "arguments", "result", "ok"}
        stored = person.messages(response.json()["conversation_id"])[1]
        assert "Perhaps done: add_task" in stored["content"]
        assert person.titles() == ["buy milk"]


def test_try_again_after_a_lost_answer_adds_nothing_twice(losing: tuple[Stack, LosesAnswers]) -> None:
    stack, proxy = losing
    proxy.losing = True
    person = stack.sign_up()
    with person.http:
        body: dict[str, Any] = {"message": "Add a task to buy milk"}
        for _ in range(2):
            problem = person.http.post("/api/me/chat", json=body).json()
            body["conversation_id"] = problem["conversation_id"]
        proxy.losing = False
        again = person.say("Add a task to buy milk", body["conversation_id"])
        assert [call["ok"] for call in again["tool_calls"]] == [True]
        assert person.titles() == ["buy milk"]
        # What is known to be done is no repetition any more.
        person.say("Add a task to buy milk", body["conversation_id"])
        assert person.titles() == ["buy milk", "buy milk"]


class Tomorrow(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Tomorrow":
        return cls.fromtimestamp(datetime.now(tz).timestamp() + 24 * 60 * 60, tz)


def test_try_again_on_the_next_day_means_the_same_tomorrow(
    losing: tuple[Stack, LosesAnswers], monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, proxy = losing
    proxy.losing = True
    person = stack.sign_up()
    with person.http:
        said = "Add a task to buy milk by tomorrow"
        first = person.http.post("/api/me/chat", json={"message": said}).json()
        body = {"message": said, "conversation_id": first["conversation_id"]}
        monkeypatch.setattr(conversation, "datetime", Tomorrow)
        assert person.http.post("/api/me/chat", json=body).is_error
        proxy.losing = False
        [again] = person.say(said, first["conversation_id"])["tool_calls"]
        assert again["arguments"] == first["tool_calls"][0]["arguments"]
        assert person.titles() == ["buy milk"]
        # What is known to be done is said now.
        [more] = person.say(said, first["conversation_id"])["tool_calls"]
        assert more["arguments"] != again["arguments"]


def test_undo_after_a_lost_answer_says_so_and_takes_back_nothing_earlier(
    losing: tuple[Stack, LosesAnswers],
) -> None:
    stack, proxy = losing
    proxy.losing = False
    person = stack.sign_up()
    with person.http:
        started = person.say("Add a task to buy bread")["conversation_id"]
        proxy.losing = True
        body = {"message": "Add a task to buy milk", "conversation_id": started}
        assert person.http.post("/api/me/chat", json=body).status_code == 503
        undone = person.say("undo", started)
        assert "got lost" in undone["response"] and undone["tool_calls"] == []
        assert person.titles() == ["buy milk", "buy bread"]


def test_a_database_that_fails_in_mid_turn_hides_no_change_and_adds_nothing_twice(
    ada: Person, stack: Stack, postgres: Server, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = make_url(database_url).database
    call = Toolbox.call

    async def call_and_cut(self: Toolbox, *arguments: Any) -> Any:
        """The database goes away between the change and the record of its outcome."""
        outcome = await call(self, *arguments)
        execute(postgres.url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        execute(
            postgres.url,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            f"WHERE application_name = 'todo-backend' AND datname = '{name}'",
        )
        return outcome

    started = ada.say("hello")["conversation_id"]
    body = {"message": "Add a task to buy milk", "conversation_id": started}
    monkeypatch.setattr(Toolbox, "call", call_and_cut)
    try:
        response = ada.http.post("/api/me/chat", json=body)
    finally:
        monkeypatch.undo()
        execute(postgres.url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert response.status_code == 503
    problem = response.json()
    assert problem["conversation_id"] == started
    assert [call["ok"] for call in problem["tool_calls"]] == [True]
    assert ada.titles() == ["buy milk"]
    assert ada.messages(started)[-1]["tool_calls"][0]["result"] == UNKNOWN
    assert ada.say("Add a task to buy milk", started)["tool_calls"][0]["ok"]
    assert ada.titles() == ["buy milk"]
