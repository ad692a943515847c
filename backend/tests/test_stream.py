"""A turn as server-sent events: the same as POST /chat, told while it happens."""

import itertools
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import anyio
import httpx2
import pytest
from postgres import execute
from servers import Person, Stack, listening, running_stack
from sqlalchemy import event, make_url
from waiting import until

from app.chat.assistant import Models
from app.chat.conversation import Chat
from app.chat.protocol import Hear, Reply, ToolCall, ToolSpec, Turn
from app.chat.rules import RuleBased
from app.db import make_engine, make_sessions

INTERRUPTED = "I was interrupted before I could finish this."

Events = list[tuple[str, dict[str, Any]]]


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


@contextmanager
def streamed(person: Person, **body: Any) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    with person.http.stream("POST", "/api/me/chat/stream", json=body) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield events_of(response.iter_lines())


def said(person: Person, **body: Any) -> Events:
    with streamed(person, **body) as events:
        return list(events)


def test_a_turn_is_told_as_it_happens_and_ends_with_what_chat_answers(ada: Person) -> None:
    events = said(ada, message="Add a task to buy milk")
    assert [kind for kind, _ in events] == ["start", "tool_call", "tool_result", "done"]
    (_, start), (_, call), (_, result), (_, done) = events
    assert (start["conversation_id"], start["answered_by"]) == (done["conversation_id"], "rule-based")
    assert ada.messages(start["conversation_id"])[0]["id"] == start["message_id"]
    assert call == {"id": 1, "name": "add_task", "arguments": {"title": "buy milk"}}
    assert (result["id"], result["ok"]) == (1, True)
    told = {name: value for name, value in {**call, **result}.items() if name != "id"}
    assert done["tool_calls"] == [told]
    assert set(done) == set(ada.say("hello", start["conversation_id"]))
    assert ada.messages(start["conversation_id"])[1]["content"] == done["response"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": "hello", "conversation_id": 2**40}, 404),
        ({}, 422),
        ({"message": "yes", "approval": {"id": 1, "accept": True}, "conversation_id": 1}, 422),
        ({"approval": {"id": 1, "accept": True}}, 422),
        ({"message": "hello", "after": 1}, 422),
        ({"message": "hello", "conversation_id": 2**40, "after": -1}, 422),
    ],
)
def test_what_fails_before_the_turn_begins_is_a_problem_as_elsewhere(
    ada: Person, body: dict[str, Any], status: int
) -> None:
    for path in ("/api/me/chat/stream", "/api/me/chat"):
        response = ada.http.post(path, json=body)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


def test_what_fails_later_is_an_event_with_the_problem(database_url: str) -> None:
    with running_stack(database_url, mcp_url="http://127.0.0.1:9/mcp") as stack:
        person = stack.sign_up()
        with person.http:
            events = said(person, message="Add a task to buy milk")
            assert [kind for kind, _ in events] == ["start", "error"]
            problem = events[-1][1]
            assert problem["status"] == 503 and "task tools do not answer" in problem["detail"]
            assert problem["conversation_id"] == events[0][1]["conversation_id"]


@pytest.fixture
def asked(ada: Person) -> tuple[Person, dict[str, Any]]:
    """Ada, and the answer that asks about the deletion of both her tasks."""
    one, two = ada.add("Milk")["id"], ada.add("Bread")["id"]
    answer = ada.say(f"delete {one} and {two}")
    assert ada.titles() == ["Bread", "Milk"]
    return ada, answer


Asked = tuple[Person, dict[str, Any]]


def press(person: Person, answer: dict[str, Any], *, accept: bool = True) -> httpx2.Response:
    button = {"id": answer["approval"]["id"], "accept": accept}
    body = {"conversation_id": answer["conversation_id"], "approval": button}
    return person.http.post("/api/me/chat", json=body)


def test_a_question_comes_with_a_button_that_carries_it_out_once(asked: Asked) -> None:
    ada, answer = asked
    calls = answer["approval"]["calls"]
    assert [call["name"] for call in calls] == ["delete_task"] * 2
    assert "“Milk”" in calls[0]["summary"] and "“Bread”" in calls[1]["summary"]
    done = press(ada, answer)
    assert done.status_code == 200 and done.json()["approval"] is None
    assert ada.titles() == []
    again = press(ada, answer)
    assert again.status_code == 409 and "approved" in again.json()["detail"]
    paths = ada.ok(ada.http.get("/openapi.json"))["paths"]
    for path in ("/api/{user_id}/chat", "/api/{user_id}/chat/stream"):
        assert "409" in paths[path]["post"]["responses"]
    assert ada.messages(answer["conversation_id"])[2]["content"] == "Yes, do it."


def test_a_yes_that_reached_no_tool_counts_when_it_is_given_again(asked: Asked, database_url: str) -> None:
    ada, answer = asked
    with (
        running_stack(database_url, mcp_url="http://127.0.0.1:9/mcp") as toolless,
        httpx2.Client(base_url=toolless.url, headers=ada.http.headers, timeout=60) as http,
    ):
        for _ in range(2):
            failed = press(replace(ada, http=http), answer)
            assert (failed.status_code, failed.json()["tool_calls"]) == (503, [])
    assert press(ada, answer).status_code == 200
    assert ada.titles() == []


def test_a_yes_that_was_stopped_is_not_taken_up_by_a_later_one(asked: Asked, database_url: str) -> None:
    ada, answer = asked
    conversation = answer["conversation_id"]
    with listening() as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/mcp"
        with (
            running_stack(database_url, mcp_url=url) as hanging,
            httpx2.Client(base_url=hanging.url, headers=ada.http.headers, timeout=60) as http,
            streamed(replace(ada, http=http), message="yes", conversation_id=conversation) as events,
        ):
            assert next(events)[0] == "start"
    assert ada.messages(conversation)[-1]["content"] == INTERRUPTED
    assert ada.say("ok", conversation)["tool_calls"] == []
    assert ada.titles() == ["Bread", "Milk"]


def test_the_other_button_declines(asked: Asked) -> None:
    ada, answer = asked
    assert "nothing" in press(ada, answer, accept=False).json()["response"]
    assert press(ada, answer).status_code == 409
    assert ada.titles() == ["Bread", "Milk"]


def test_a_button_of_somebody_elses_question_or_of_another_conversation_is_not_found(
    asked: Asked, bob: Person
) -> None:
    ada, answer = asked
    elsewhere = {**answer, "conversation_id": ada.say("hello")["conversation_id"]}
    assert press(ada, elsewhere).status_code == 404
    assert press(bob, answer).status_code == 404
    own = {**answer, "conversation_id": bob.say("hello")["conversation_id"]}
    assert press(bob, own).status_code == 404
    assert ada.titles() == ["Bread", "Milk"]


def test_a_page_that_is_loaded_again_finds_the_open_question(asked: Asked) -> None:
    ada, answer = asked
    path = f"/api/me/conversations/{answer['conversation_id']}"
    assert ada.ok(ada.http.get(path))["approval"] == answer["approval"]
    press(ada, answer, accept=False)
    assert ada.ok(ada.http.get(path))["approval"] is None


def test_a_conversation_is_deleted_by_its_owner_only(asked: Asked, bob: Person) -> None:
    ada, answer = asked
    path = f"/api/me/conversations/{answer['conversation_id']}"
    assert bob.http.delete(path).status_code == 404
    assert ada.http.delete(path).status_code == 204
    assert ada.http.get(path).status_code == 404
    assert ada.titles() == ["Bread", "Milk"]


def test_what_was_said_in_another_window_is_to_be_read_before_anything_is_said_after_it(ada: Person) -> None:
    first = ada.say("hello")["conversation_id"]
    seen = ada.messages(first)
    one, two = ada.add("Milk")["id"], ada.add("Bread")["id"]
    ada.say(f"delete {one} and {two}", first)  # in the other window
    before = ada.messages(first)
    for message in ("yes", "Add a task to buy bread"):
        body = {"message": message, "conversation_id": first, "after": seen[-1]["id"]}
        refused = ada.http.post("/api/me/chat", json=body)
        assert (refused.status_code, "another window" in refused.json()["detail"]) == (409, True)
    assert (ada.titles(), ada.messages(first)) == (["Bread", "Milk"], before)
    assert ada.ok(ada.http.get(f"/api/me/conversations/{first}"))["approval"] is not None
    body = {"message": "yes", "conversation_id": first, "after": before[-1]["id"]}
    assert ada.ok(ada.http.post("/api/me/chat", json=body))["tool_calls"]
    assert ada.titles() == []


def test_who_has_seen_what_was_said_last_need_not_have_seen_its_answer(ada: Person) -> None:
    conversation = ada.say("hello")["conversation_id"]
    seen = ada.messages(conversation)[-2]
    assert seen["role"] == "user"
    body = {"message": "Add a task to buy milk", "conversation_id": conversation, "after": seen["id"]}
    assert ada.ok(ada.http.post("/api/me/chat", json=body))["tool_calls"]


class Waits:
    """A model that adds a task, says a word, and waits."""

    name = "waits"

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        if turns[-1].role == "user":
            return Reply(calls=(ToolCall("1", "add_task", {"title": "Milk"}),))
        await hear("Well")
        try:
            await anyio.sleep_forever()
        finally:
            self.cancelled.set()
        raise AssertionError


@pytest.fixture(scope="module")
def own_stack(database_url: str) -> Iterator[Stack]:
    with running_stack(database_url) as stack:
        yield stack


def test_a_turn_ends_when_its_reader_goes_and_tells_what_it_did(own_stack: Stack) -> None:
    model = Waits()
    own_stack.app.state.models = Models(model)
    person = own_stack.sign_up()
    with person.http:
        with streamed(person, message="Add milk") as events:
            start = next(events)[1]
            assert [next(events)[0] for _ in range(3)] == ["tool_call", "tool_result", "delta"]
        assert model.cancelled.wait(30)
        [conversation] = person.ok(person.http.get("/api/me/conversations"))
        assert conversation["id"] == start["conversation_id"]
        [task] = person.ok(person.http.get("/api/me/tasks"))
        told = f"{INTERRUPTED} Done until then: Added “Milk” as task {task['id']}."
        until(lambda: [said["content"] for said in person.messages(conversation["id"])] == ["Add milk", told])


def test_a_conversation_tells_whether_its_last_message_is_still_being_answered(
    own_stack: Stack, database_url: str
) -> None:
    own_stack.app.state.models = Models(Waits())
    person = own_stack.sign_up()

    def is_answering() -> bool:
        answering: bool = person.ok(person.http.get(path))["answering"]
        return answering

    with person.http:
        with streamed(person, message="Add milk") as events:
            path = f"/api/me/conversations/{next(events)[1]['conversation_id']}"
            assert is_answering()  # nothing of it is stored, or has not been for long
            assert [next(events)[0] for _ in range(3)] == ["tool_call", "tool_result", "delta"]
            assert is_answering()
        until(lambda: not is_answering())
        execute(database_url, f"DELETE FROM messages WHERE role = 'assistant' AND user_id = '{person.id}'")
        assert is_answering()
        # 25 for the answer, 5 to store it.
        past = "UPDATE messages SET created_at = created_at - interval '31 s'"
        execute(database_url, f"{past} WHERE user_id = '{person.id}'")
        assert not is_answering()


@pytest.mark.parametrize("commit", [1, 2, 3, 4, 5])
def test_a_turn_cut_off_while_it_is_stored_has_one_answer_and_breaks_no_connection(
    own_stack: Stack, database_url: str, commit: int
) -> None:
    """The first commit stores the message, and the last the answer."""
    person = own_stack.sign_up()
    state = own_stack.app.state
    broken: list[object] = []

    async def cut_off() -> None:
        engine = make_engine(make_url(database_url), pool_size=1)
        commits = itertools.count(1)
        event.listen(engine.sync_engine, "invalidate", lambda connection, *_: broken.append(connection))
        token = state.keyring.assistant_token(UUID(person.id), 60)
        rules = Models(RuleBased())
        chat = Chat(
            make_sessions(engine), rules, state.metrics, mcp_url=state.settings.mcp_url, budget_seconds=30
        )
        try:
            with anyio.CancelScope() as scope:
                event.listen(
                    engine.sync_engine,
                    "commit",
                    lambda _: scope.cancel() if next(commits) == commit else None,
                )
                await chat.say(UUID(person.id), token, None, "Add a task to buy milk")
        finally:
            await engine.dispose()

    with person.http:
        anyio.run(cut_off)
        [conversation] = person.ok(person.http.get("/api/me/conversations"))
        stored = person.messages(conversation["id"])
        assert [message["role"] for message in stored] == ["user", "assistant"]
        assert stored[1]["content"].startswith("Added" if commit > 2 else INTERRUPTED)
        assert person.titles() == (["buy milk"] if commit > 2 else [])
        assert broken == []
