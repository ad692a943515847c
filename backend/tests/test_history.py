"""The conversations that a user had: listed, read page by page, gone on with, and deleted for good."""

from collections.abc import Iterator, Sequence
from typing import Any

import anyio
import anyio.to_thread
import httpx2
import pytest
from postgres import execute
from servers import Person, Stack, running_stack

from app.chat.assistant import Models
from app.chat.protocol import Hear, Reply, ToolCall, ToolSpec, Turn


@pytest.fixture(scope="module")
def stack(database_url: str) -> Iterator[Stack]:
    """One of the module's own, whose model a test sets."""
    with running_stack(database_url) as stack:
        yield stack


def pages(person: Person, path: str) -> Iterator[list[Any]]:
    """A page after the other, as `Link` leads."""
    following: str | None = path
    while following is not None:
        response = person.http.get(following)
        yield person.ok(response)
        following = response.links.get("next", {}).get("url")


def listed(person: Person, limit: int = 2) -> list[str]:
    found = list(pages(person, f"/api/me/conversations?limit={limit}"))
    assert all(len(page) == limit for page in found[:-1])
    return [conversation["title"] for page in found for conversation in page]


def test_the_list_has_the_one_used_last_first_and_is_read_page_by_page(ada: Person) -> None:
    ids = [ada.say(f"hello {n}")["conversation_id"] for n in range(5)]
    assert listed(ada) == [f"hello {n}" for n in (4, 3, 2, 1, 0)]
    ada.say("and again", ids[1])
    assert listed(ada) == [f"hello {n}" for n in (1, 4, 3, 2, 0)]
    assert listed(ada, 5) == listed(ada)
    assert [len(page) for page in pages(ada, "/api/me/conversations?limit=5")] == [5]


def test_a_conversation_that_is_used_while_the_list_is_read_repeats_none(ada: Person) -> None:
    ids = [ada.say(f"hello {n}")["conversation_id"] for n in range(4)]
    reading = pages(ada, "/api/me/conversations?limit=2")
    seen = [one["title"] for one in next(reading)]
    ada.say("and again", ids[0])
    seen += [one["title"] for page in reading for one in page]
    assert seen == ["hello 3", "hello 2", "hello 1"]


def test_a_title_is_how_the_first_message_begins(ada: Person) -> None:
    ada.say("  hello\n  " + "word " * 100)
    [title] = listed(ada)
    assert title == ("hello " + "word " * 100)[:80].strip()


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_messages_are_read_from_either_end(ada: Person, order: str) -> None:
    conversation = ada.say("hello 0")["conversation_id"]
    for n in range(1, 4):
        ada.say(f"hello {n}", conversation)
    path = f"/api/me/conversations/{conversation}/messages?order={order}&limit=3"
    found = list(pages(ada, path))
    assert [len(page) for page in found] == [3, 3, 2]
    ids = [message["id"] for page in found for message in page]
    assert ids == [message["id"] for message in ada.messages(conversation)][:: 1 if order == "oldest" else -1]


@pytest.mark.parametrize(
    "path",
    [
        "?limit=0",
        "?limit=201",
        "?cursor=x",
        "?cursor=bnVsbA",
        "?cursor=WyIyMDI2LTExLTI3VDEwOjAwOjAwIiwxXQ",  # a date without an offset
        "?cursor=WyIyMDI2LTExLTI3VDEwOjAwOjAwWiIsdHJ1ZV0",  # an id that is true
        "?page=2",
        "/{id}/messages?order=random",
        "/{id}/messages?before=-1",
        "/{id}/messages?before=x",
        "/{id}/messages?offset=1",
    ],
)
def test_a_query_that_is_not_understood_is_refused(ada: Person, path: str) -> None:
    conversation = ada.say("hello")["conversation_id"]
    response = ada.http.get(f"/api/me/conversations{path.format(id=conversation)}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_a_deleted_conversation_is_gone_with_all_that_was_said_and_asked_in_it(
    ada: Person, database_url: str
) -> None:
    ada.add("Milk"), ada.add("Bread")
    conversation = ada.say("Delete all tasks")["conversation_id"]
    kept = ada.say("hello")["conversation_id"]
    path = f"/api/me/conversations/{conversation}"
    assert ada.http.delete(path).status_code == 204
    assert [one["id"] for one in ada.ok(ada.http.get("/api/me/conversations"))] == [kept]
    for response in (
        ada.http.get(path),
        ada.http.get(f"{path}/messages"),
        ada.http.delete(path),
        ada.http.post("/api/me/chat", json={"message": "yes", "conversation_id": conversation}),
    ):
        assert response.status_code == 404
    for table in ("messages", "approvals"):
        count = f"SELECT count(*) FROM {table} WHERE conversation_id = {conversation}"
        assert execute(database_url, count) == [(0,)]
    assert ada.titles() == ["Bread", "Milk"]


class DeletesItsConversation:
    """A model that adds a task, then has the user delete the conversation, and then wants to add another."""

    name = "scripted"

    def __init__(self, person: Person) -> None:
        self._person = person

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        if turns[-1].role == "user":
            return Reply(calls=(ToolCall("1", "add_task", {"title": "Milk"}),))
        await anyio.to_thread.run_sync(self._delete)
        return Reply(calls=(ToolCall("2", "add_task", {"title": "Bread"}),))

    def _delete(self) -> None:
        with httpx2.Client(base_url=self._person.http.base_url, headers=self._person.http.headers) as http:
            [conversation] = Person.ok(http.get("/api/me/conversations"))
            http.delete(f"/api/me/conversations/{conversation['id']}").raise_for_status()


def test_a_turn_in_a_conversation_that_is_deleted_meanwhile_ends_before_its_next_change(
    ada: Person, stack: Stack
) -> None:
    before = stack.app.state.models
    stack.app.state.models = Models(DeletesItsConversation(ada))
    try:
        response = ada.http.post("/api/me/chat", json={"message": "Milk and bread!"})
    finally:
        stack.app.state.models = before
    assert response.status_code == 404 and "deleted meanwhile" in response.json()["detail"]
    assert [call["ok"] for call in response.json()["tool_calls"]][0] is True
    assert ada.titles() == ["Milk"]
    assert ada.ok(ada.http.get("/api/me/conversations")) == []
