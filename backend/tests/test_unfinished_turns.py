"""A turn that ends without an answer: what it changed is told to whoever reads on."""

import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from postgres import execute
from servers import Person, Stack, running_stack

from app.chat.assistant import Models
from app.chat.protocol import Hear, Reply, ToolCall, ToolSpec, Turn
from app.chat.rules import RuleBased
from app.errors import UpstreamRefused

INTERRUPTED = "I was interrupted before I could finish this."


class AddsMilk:
    """A model that adds a task, looks at the list, fails to delete one, and then does `then`."""

    name = "scripted"

    def __init__(self, then: Callable[[], Awaitable[Reply]]) -> None:
        self._then = then
        self.heard: list[str] = []

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        self.heard = [turn.content for turn in turns]
        if turns[-1].role != "user":
            return await self._then()
        return Reply(
            calls=(
                ToolCall("1", "add_task", {"title": "Milk"}),
                ToolCall("2", "list_tasks", {}),
                ToolCall("3", "delete_task", {"task_id": 2**40}),
            )
        )


@pytest.fixture(scope="module")
def stack(database_url: str) -> Iterator[Stack]:
    """One of the module's own, whose model each test sets."""
    with running_stack(database_url) as stack:
        yield stack


async def _refuse() -> Reply:
    raise UpstreamRefused("The model is tired.")


async def _break() -> Reply:
    raise RuntimeError("a defect")


def _stored(database_url: str, person: Person) -> list[object]:
    """What the assistant's messages to a person say."""
    rows = execute(
        database_url,
        f"SELECT content FROM messages WHERE user_id = '{person.id}' AND role = 'assistant' ORDER BY id",
    )
    return [content for (content,) in rows]


def _added(person: Person) -> str:
    [task] = person.ok(person.http.get("/api/me/tasks"))
    return f"Done until then: Added “Milk” as task {task['id']}."


def test_the_next_turn_hears_what_a_failed_one_changed(ada: Person, stack: Stack, database_url: str) -> None:
    model = AddsMilk(_refuse)
    stack.app.state.models = Models(model)
    problem = ada.http.post("/api/me/chat", json={"message": "Milk!"}).json()
    assert (problem["status"], problem["detail"]) == (502, "The model is tired.")
    told = f"I could not finish this. The model is tired. {_added(ada)}"
    assert _stored(database_url, ada) == [told]
    body = {"message": "Go on", "conversation_id": problem["conversation_id"]}
    ada.http.post("/api/me/chat", json=body)
    assert told in model.heard


def test_undo_takes_back_what_a_failed_turn_changed_and_needs_no_model(ada: Person, stack: Stack) -> None:
    stack.app.state.models = Models(RuleBased())
    conversation = ada.say("Add a task to buy bread")["conversation_id"]
    stack.app.state.models = Models(AddsMilk(_refuse))
    assert ada.http.post("/api/me/chat", json={"message": "Milk!", "conversation_id": conversation}).is_error
    assert ada.titles() == ["Milk", "buy bread"]
    undone = ada.say("undo", conversation)
    assert [call["name"] for call in undone["tool_calls"]] == ["delete_task"]
    assert (undone["answered_by"], ada.titles()) == ("rule-based", ["buy bread"])


def test_a_defect_is_a_500_that_hides_no_change(ada: Person, stack: Stack, database_url: str) -> None:
    stack.app.state.models = Models(AddsMilk(_break))
    assert ada.http.post("/api/me/chat", json={"message": "Milk!"}).status_code == 500
    assert _stored(database_url, ada) == [f"{INTERRUPTED} {_added(ada)}"]


def test_a_defect_is_answered_with_the_id_that_its_log_lines_have(ada: Person, stack: Stack) -> None:
    stack.app.state.models = Models(AddsMilk(_break))
    sent = {"X-Request-Id": "broken-1"}
    answer = ada.http.post("/api/me/chat", json={"message": "Milk!"}, headers=sent)
    assert (answer.status_code, answer.headers.get("x-request-id")) == (500, "broken-1")


def test_a_defect_before_any_change_is_told_too(ada: Person, stack: Stack, database_url: str) -> None:
    class Broken(AddsMilk):
        async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
            return await _break()

    stack.app.state.models = Models(Broken(_break))
    assert ada.http.post("/api/me/chat", json={"message": "Milk!"}).status_code == 500
    assert _stored(database_url, ada) == [INTERRUPTED]


def test_a_change_is_told_before_the_turn_goes_on(ada: Person, stack: Stack, database_url: str) -> None:
    meanwhile: list[object] = []

    async def look() -> Reply:
        meanwhile.extend(_stored(database_url, ada))
        return Reply("Added milk.")

    stack.app.state.models = Models(AddsMilk(look))
    assert ada.say("Milk!")["response"] == "Added milk."
    assert meanwhile == [f"I have not finished this. {_added(ada)}"]
    assert _stored(database_url, ada) == ["Added milk."]


def test_a_turn_that_the_end_of_the_process_cuts_off_hides_no_change(database_url: str) -> None:
    reached = threading.Event()

    async def hang() -> Reply:
        reached.set()
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    with ThreadPoolExecutor(1) as pool:
        with running_stack(database_url, drain_seconds=0) as ending:
            person = ending.sign_up()
            ending.app.state.models = Models(AddsMilk(hang))
            turn = pool.submit(person.http.post, "/api/me/chat", json={"message": "Milk!"})
            assert reached.wait(30)
        assert turn.result(30).status_code == 500
    person.http.close()
    [told] = _stored(database_url, person)
    assert str(told).startswith(f"{INTERRUPTED} Done until then: Added “Milk” as task ")
