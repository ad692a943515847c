"""Nobody sees or changes what belongs to somebody else, by any operation of the OpenAPI document.

An operation that is new is tried too. One whose path has a new kind of id fails here until `owner` has one
of it, and one that needs no token until it is named in OPEN.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from operations import OPERATIONS, Operation
from postgres import connect
from servers import Person, Stack

OPEN = {
    "GET /health",
    "GET /ready",
    "POST /api/auth/register",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/logout",
}
GUARDED = [operation for operation in OPERATIONS if operation.needs_token]
OF_A_USER = [operation for operation in GUARDED if operation.is_of_a_user]
SECRET = "surprise"
NOBODYS = {
    "task_id": 2**40,
    "conversation_id": 2**40,
    "session_id": str(uuid4()),
    "token_id": str(uuid4()),
    "idempotency-key": "nobody's",
}


@dataclass(frozen=True)
class Owner:
    """Somebody with one of everything, each with SECRET in its words; `ids` as a request names them."""

    person: Person
    ids: dict[str, Any]
    deleted_task: int
    database_url: str

    def rows(self) -> dict[str, Any]:
        """All that the database keeps of them, in whatever table."""
        with connect(self.database_url) as connection:
            tables = connection.execute(
                "SELECT table_name::text FROM information_schema.columns WHERE column_name = 'user_id'"
            ).fetchall()
            found = {}
            for (table,) in tables:
                query = f"SELECT t::text FROM {table} t WHERE user_id = %s ORDER BY 1"
                found[str(table)] = connection.execute(query.encode(), (self.person.id,)).fetchall()
        return found

    def is_in(self, text: str) -> bool:
        return SECRET in text or self.person.id in text


@pytest.fixture(scope="module")
def owner(stack: Stack, database_url: str) -> Iterator[Owner]:
    person = stack.sign_up(f"Ada {SECRET}")
    with person.http:
        key = {"idempotency-key": "the owner's"}
        kept = person.ok(person.http.post("/api/me/tasks", json={"title": f"A {SECRET}"}, headers=key))
        person.add(f"Another {SECRET}")
        gone = person.add(f"A deleted {SECRET}", tags=[SECRET])
        person.http.delete(f"/api/me/tasks/{gone['id']}").raise_for_status()
        token = person.ok(person.http.post("/api/auth/tokens", json={"name": f"For a {SECRET}"}))
        [session] = person.ok(person.http.get("/api/auth/sessions"))
        conversation = person.say(f"Find {SECRET}")["conversation_id"]
        assert person.say("Delete all tasks", conversation)["approval"]
        ids = {
            "task_id": kept["id"],
            "conversation_id": conversation,
            "session_id": session["id"],
            "token_id": token["id"],
            **key,
        }
        owner = Owner(person, ids, gone["id"], database_url)
        assert [table for table, rows in owner.rows().items() if not rows] == []
        yield owner


def _tokens(stack: Stack, person: Person) -> dict[str, str]:
    """One of each kind that a request may bear."""
    made = person.ok(person.http.post("/api/auth/tokens", json={"name": "A program"}))
    return {
        "login": person.token,
        "personal": made["token"],
        "assistant": stack.app.state.keyring.assistant_token(UUID(person.id), 60),
    }


def _send(person: Person, request: dict[str, Any], token: str | None = None) -> httpx2.Response:
    headers = request["headers"] | ({} if token is None else {"authorization": f"Bearer {token}"})
    return person.http.request(**{**request, "headers": headers})


def test_without_a_token_only_what_is_meant_to_be_is_open() -> None:
    assert {str(operation) for operation in OPERATIONS if not operation.needs_token} == OPEN
    assert len(OF_A_USER) > 10


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_no_token_and_one_that_is_for_another_use_are_refused(
    operation: Operation, owner: Owner, stack: Stack
) -> None:
    before = owner.rows()
    request = operation.request(owner.ids, owner.person.id)
    refresh = stack.app.state.keyring.refresh_token(UUID(owner.ids["session_id"]), 0, 60)
    assert stack.http.request(**request).status_code == 401
    for token in (refresh, "todo_pat_" + "x" * 43, "x"):
        assert _send(owner.person, request, token).status_code == 401
    assert owner.rows() == before


@pytest.mark.parametrize("operation", OF_A_USER, ids=str)
def test_a_path_that_names_another_user_is_forbidden(
    operation: Operation, owner: Owner, bob: Person, stack: Stack
) -> None:
    before = owner.rows()
    for kind, token in _tokens(stack, bob).items():
        response = _send(bob, operation.request(owner.ids, owner.person.id), token)
        assert (kind, response.status_code) == (kind, 403)
        assert SECRET not in response.text
    assert owner.rows() == before


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_what_is_anothers_is_as_good_as_absent(operation: Operation, owner: Owner, bob: Person) -> None:
    before = owner.rows()
    named = operation.names(owner.ids)
    for ids in (owner.ids, {**owner.ids, "task_id": owner.deleted_task}):
        theirs = bob.http.request(**operation.request(ids))
        assert not owner.is_in(theirs.text)
        if not named:
            assert theirs.is_success, theirs.text
            continue
        missing = bob.http.request(**operation.request(NOBODYS))
        assert theirs.status_code == missing.status_code == 404
        detail = theirs.json()["detail"]
        for name in named:
            detail = detail.replace(str(ids[name]), str(NOBODYS[name]))
        assert detail == missing.json()["detail"]
    assert owner.rows() == before


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_each_kind_of_token_opens_what_it_is_for(operation: Operation, bob: Person, stack: Stack) -> None:
    """What is new is closed to the assistant, and outside of a user's own paths to personal tokens."""
    is_me = operation.path == "/api/auth/me"
    opens = {
        "login": True,
        "personal": is_me or operation.is_of_a_user,
        "assistant": is_me or operation.path.startswith("/api/{user_id}/tasks"),
    }
    for kind, token in _tokens(stack, bob).items():
        response = _send(bob, operation.request(NOBODYS), token)
        assert (kind, response.status_code == 403) == (kind, not opens[kind]), response.text
        assert response.status_code != 401


@pytest.mark.parametrize(
    "request_", ["Delete task {id}", "Mark task {id} as done", "Change task {id} to 'Mine'"]
)
def test_chat_reaches_only_the_tasks_of_who_is_speaking(ada: Person, bob: Person, request_: str) -> None:
    task = ada.add("Ada's own")
    answer = bob.say(request_.format(id=task["id"]))
    assert [call["ok"] for call in answer["tool_calls"]] == [False]
    assert f"No task {task['id']}" in answer["response"]
    assert ada.ok(ada.http.get(f"/api/me/tasks/{task['id']}")) == task


def test_chat_finds_no_foreign_task_by_its_title(ada: Person, bob: Person) -> None:
    ada.add("Team meeting")
    answer = bob.say("Delete the meeting task")
    assert [call["name"] for call in answer["tool_calls"]] == ["list_tasks"]
    assert "Team meeting" not in answer["response"]
    assert ada.titles() == ["Team meeting"]
