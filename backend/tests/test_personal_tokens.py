"""Personal access tokens, and the token that the assistant acts with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx2
import jwt
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from postgres import execute
from servers import Person, Stack

from app.auth import personal_tokens


def _make(person: Person, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = person.ok(person.http.post("/api/auth/tokens", json={"name": "Claude", **body}))
    return made


@contextmanager
def _with(stack: Stack, token: str) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=stack.url, headers=headers, timeout=60) as http:
        yield http


def test_a_personal_token_is_shown_once_and_stored_as_a_hash(ada: Person, database_url: str) -> None:
    made = _make(ada)
    assert made["token"].startswith("todo_pat_") and len(made["token"]) > 50
    [listed] = ada.ok(ada.http.get("/api/auth/tokens"))
    assert listed == {key: value for key, value in made.items() if key != "token"}
    rows = execute(database_url, f"SELECT * FROM personal_tokens WHERE user_id = '{ada.id}'")
    assert len(rows) == 1 and made["token"].removeprefix("todo_pat_") not in str(rows)


def test_a_personal_token_acts_for_its_user_until_it_is_revoked(stack: Stack, ada: Person) -> None:
    made = _make(ada)
    with _with(stack, made["token"]) as program:
        assert program.post("/api/me/tasks", json={"title": "By a program"}).status_code == 201
        assert program.post("/api/me/chat", json={"message": "show my tasks"}).json()["tool_calls"]
        assert ada.titles() == ["By a program"]
        [listed] = ada.ok(ada.http.get("/api/auth/tokens"))
        assert listed["last_used_at"] is not None
        assert ada.http.delete(f"/api/auth/tokens/{made['id']}").status_code == 204
        assert program.get("/api/me/tasks").status_code == 401
    assert ada.ok(ada.http.get("/api/auth/tokens")) == []
    assert ada.http.delete(f"/api/auth/tokens/{made['id']}").status_code == 404


def test_logging_out_leaves_personal_tokens(stack: Stack, ada: Person) -> None:
    made = _make(ada)
    ada.http.post("/api/auth/logout")
    assert ada.http.get("/api/me/tasks").status_code == 401
    with _with(stack, made["token"]) as program:
        assert program.get("/api/me/tasks").status_code == 200


def test_a_personal_token_expires(stack: Stack, ada: Person, database_url: str) -> None:
    made = _make(ada, expires_in_days=1)
    with _with(stack, made["token"]) as program:
        assert program.get("/api/me/tasks").status_code == 200
        execute(database_url, f"UPDATE personal_tokens SET expires_at = now() WHERE user_id = '{ada.id}'")
        assert program.get("/api/me/tasks").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": " "},
        {"name": "x" * 101},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "scope": "all"},
    ],
)
def test_an_unusable_request_for_a_token_is_refused(ada: Person, body: dict[str, Any]) -> None:
    assert ada.http.post("/api/auth/tokens", json=body).status_code == 422


def test_nobody_has_more_personal_tokens_than_the_most(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_tokens, "MAX_PER_USER", 2)
    _make(ada), _make(ada)
    refused = ada.http.post("/api/auth/tokens", json={"name": "third"})
    assert refused.status_code == 409 and "Revoke one first" in refused.json()["detail"]


@pytest.mark.anyio
async def test_an_mcp_client_works_with_a_personal_token(stack: Stack, ada: Person) -> None:
    headers = {"Authorization": f"Bearer {_make(ada)['token']}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=20) as http,
        Client(streamable_http_client(stack.app.state.settings.mcp_url, http_client=http)) as client,
    ):
        await client.call_tool("add_task", {"title": "From outside"})
    assert ada.titles() == ["From outside"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _assistants(stack: Stack, person: Person, seconds: int = 60) -> str:
    token: str = stack.app.state.keyring.assistant_token(UUID(person.id), seconds)
    return token


def test_the_assistant_acts_with_a_short_token_of_its_own(
    stack: Stack, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued: list[str] = []
    keyring = stack.app.state.keyring
    issue = keyring.assistant_token

    def note(*arguments: Any) -> str:
        issued.append(issue(*arguments))
        return issued[-1]

    monkeypatch.setattr(keyring, "assistant_token", note)
    ada.say("Add a task to buy milk")
    [token] = issued
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["act"] == "assistant" and claims["exp"] - claims["iat"] < 120
    assert token != ada.token


def test_the_assistants_token_expires(stack: Stack, ada: Person) -> None:
    with _with(stack, _assistants(stack, ada)) as assistant:
        assert assistant.get("/api/auth/me").json()["id"] == ada.id
    with _with(stack, _assistants(stack, ada, -60)) as late:
        assert late.get("/api/me/tasks").status_code == 401
