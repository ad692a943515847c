"""Chat without a model key: the rule-based assistant works through real MCP calls."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from postgres import execute
from servers import Person, Stack, closed_port, running_stack


def test_a_chat_turn_adds_a_row_and_says_who_answered(ada: Person) -> None:
    answer = ada.say("Add a task to buy groceries")
    assert answer["approval"] is None
    assert set(answer) == {"conversation_id", "response", "tool_calls", "answered_by", "approval"}
    assert answer["answered_by"] == "rule-based"
    assert "rule-based" in answer["response"] and "buy groceries" in answer["response"]
    [task] = ada.ok(ada.http.get("/api/me/tasks"))
    assert answer["tool_calls"] == [
        {
            "name": "add_task",
            "arguments": {"title": "buy groceries"},
            "result": {"task_id": task["id"], "status": "created", "title": "buy groceries"},
            "ok": True,
        }
    ]


def test_the_golden_utterances_work_from_end_to_end(ada: Person) -> None:
    def tools(message: str) -> list[str]:
        answer = ada.say(message)
        assert all(call["ok"] for call in answer["tool_calls"]), answer
        return [call["name"] for call in answer["tool_calls"]]

    assert tools("Add a task to buy groceries") == ["add_task"]
    assert tools("I need to remember to pay bills") == ["add_task"]
    meeting = ada.add("Team meeting")
    assert tools("Delete the meeting task") == ["list_tasks", "delete_task"]
    bills, groceries = ada.ok(ada.http.get("/api/me/tasks"))
    assert tools(f"Mark task {bills['id']} as complete") == ["complete_task"]
    assert tools(f"Change task {groceries['id']} to 'Call mom tonight'") == ["update_task"]
    assert tools("Show me all my tasks") == ["list_tasks"]
    assert f"{bills['id']}: pay bills" in ada.say("What have I completed?")["response"]
    pending = ada.say("What's pending?")["response"]
    assert "Call mom tonight" in pending and "pay bills" not in pending
    assert ada.http.get(f"/api/me/tasks/{meeting['id']}").status_code == 404


def test_a_long_list_is_stored_in_part_and_told_by_its_total(ada: Person, database_url: str) -> None:
    rows = f"SELECT '{ada.id}', 'Task ' || n FROM generate_series(1, 201) n"
    execute(database_url, f"INSERT INTO tasks (user_id, title) {rows}")
    answer = ada.say("Show me all my tasks")
    assert answer["response"].startswith("You have 201 tasks, the newest 50 of them:")
    assert answer["response"].count("\n- ") == 50
    stored = ada.messages(answer["conversation_id"])[1]
    result = stored["tool_calls"][0]["result"]
    assert (len(result["tasks"]), result["total"]) == (50, 201)
    assert stored["tool_calls"] == answer["tool_calls"]


def test_what_is_stored_of_a_list_leaves_out_what_is_long(ada: Person) -> None:
    ada.add("Milk", description="x" * 1000)
    answer = ada.say("Show my tasks")
    [task] = answer["tool_calls"][0]["result"]["tasks"]
    assert task["title"] == "Milk" and "description" not in task


def test_an_ambiguous_request_changes_nothing_until_it_is_answered(ada: Person) -> None:
    first, second = ada.add("Team meeting"), ada.add("Meeting notes")
    asked = ada.say("Delete the meeting task")
    assert [call["name"] for call in asked["tool_calls"]] == ["list_tasks"]
    assert len(ada.titles()) == 2
    done = ada.say(str(first["id"]), asked["conversation_id"])
    assert [call["name"] for call in done["tool_calls"]] == ["delete_task"]
    assert ada.titles() == [second["title"]]


def test_undo_takes_back_what_the_last_answer_did(ada: Person) -> None:
    fields = {"description": "words", "priority": "low", "tags": ["home"], "due_at": "2027-01-01T09:00:00Z"}
    number = ada.add("Milk", **fields)["id"]

    def task() -> Any:
        return ada.ok(ada.http.get(f"/api/me/tasks/{number}"))

    def without_date(task: Any) -> Any:
        return {name: value for name, value in task.items() if name not in ("updated_at", "completed_at")}

    for said in (
        f"delete task {number}",
        f"complete task {number}",
        f"rename task {number} to Oat milk",
        f"make task {number} urgent",
        f"tag task {number} with shop",
    ):
        before = task()
        conversation = ada.say(said)["conversation_id"]
        ada.say("What's pending?", conversation)
        undone = ada.say("undo", conversation)
        assert [call["ok"] for call in undone["tool_calls"]] == [True], said
        assert without_date(task()) == without_date(before), said
    assert ada.say("undo")["tool_calls"] == []


@pytest.mark.parametrize("said", ["rename task {} to Oat milk", "complete task {}"])
def test_undo_asks_before_it_changes_what_was_changed_by_hand_since(ada: Person, said: str) -> None:
    number = ada.add("Milk")["id"]
    conversation = ada.say(said.format(number))["conversation_id"]
    ada.ok(ada.http.patch(f"/api/me/tasks/{number}", json={"title": "Soy milk"}))
    undone = ada.say("undo", conversation)
    assert undone["tool_calls"] == [] and "has changed since" in undone["response"]
    assert ada.titles() == ["Soy milk"]
    [call] = ada.say("yes", conversation)["tool_calls"]
    assert call["ok"]
    assert ada.titles(status="pending") == ["Milk" if "rename" in said else "Soy milk"]


def test_a_listing_has_each_users_own_numbers(ada: Person, bob: Person) -> None:
    for person in (ada, bob):
        person.add("Milk", priority="high", tags=["shop"])
        assert "- 1: Milk (high priority, #shop)" in person.say("Show my tasks")["response"]
        assert person.say("Mark task 1 as complete")["tool_calls"][0]["ok"]
        assert "- 1: Milk" in person.say("find milk")["response"]


def test_a_conversation_is_stored_with_what_was_done(ada: Person) -> None:
    answer = ada.say("Add a task to buy milk")
    ada.say("hello", answer["conversation_id"])
    [conversation] = ada.ok(ada.http.get("/api/me/conversations"))
    assert (conversation["id"], conversation["title"]) == (
        answer["conversation_id"],
        "Add a task to buy milk",
    )
    messages = ada.messages(answer["conversation_id"])
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
    assert messages[0]["content"] == "Add a task to buy milk"
    assert messages[1]["content"] == answer["response"]
    assert messages[1]["tool_calls"] == answer["tool_calls"]
    assert messages[1]["answered_by"] == "rule-based" and messages[0]["answered_by"] is None
    page = ada.http.get(
        f"/api/me/conversations/{answer['conversation_id']}/messages", params={"after": messages[1]["id"]}
    )
    assert page.json() == messages[2:]


@pytest.mark.parametrize("body", [{"message": "  "}, {"message": "x" * 4001}, {}, {"message": "a\0b"}])
def test_an_unusable_message_is_refused(ada: Person, body: dict[str, str]) -> None:
    response = ada.http.post("/api/me/chat", json=body)
    assert response.status_code == 422
    assert ada.ok(ada.http.get("/api/me/conversations")) == []


@pytest.mark.parametrize("conversation_id", [0, -1, 2**63, 10**30])
def test_a_conversation_that_cannot_exist_is_not_found(ada: Person, conversation_id: int) -> None:
    body = {"message": "hello", "conversation_id": conversation_id}
    assert ada.http.post("/api/me/chat", json=body).status_code == 404


@pytest.fixture(scope="module")
def tight(database_url: str) -> Iterator[Stack]:
    """A backend with one database connection: who kept it during a tool call would wait for themselves."""
    with running_stack(database_url, database_pool_size=1) as stack:
        yield stack


def test_no_connection_is_held_while_a_tool_works(tight: Stack) -> None:
    person = tight.sign_up()
    with person.http, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(person.say, [f"Add a task to count to {n}" for n in range(6)]))
        assert [answer["tool_calls"][0]["ok"] for answer in answers] == [True] * 6
        assert len(person.titles()) == 6


def test_an_absent_tool_server_is_a_503_that_keeps_the_message(database_url: str) -> None:
    with running_stack(database_url, mcp_url=f"http://127.0.0.1:{closed_port()}/mcp") as stack:
        person = stack.sign_up()
        with person.http:
            response = person.http.post("/api/me/chat", json={"message": "Add a task to buy milk"})
            assert response.status_code == 503
            assert response.headers["retry-after"]
            problem = response.json()
            assert "task tools do not answer" in problem["detail"]
            stored = person.messages(problem["conversation_id"])
            assert [message["role"] for message in stored] == ["user", "assistant"]
            assert stored[0]["content"] == "Add a task to buy milk"
            assert problem["detail"] in stored[1]["content"]


def test_the_token_goes_to_the_tool_server_past_any_proxy(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
        monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{closed_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert [call["ok"] for call in ada.say("Add a task to buy milk")["tool_calls"]] == [True]


def test_a_refusing_tool_server_is_named_by_its_status(database_url: str, stack: Stack) -> None:
    with running_stack(database_url, mcp_url=f"{stack.url}/health") as wrong:
        person = wrong.sign_up()
        with person.http:
            response = person.http.post("/api/me/chat", json={"message": "Show my tasks"})
            assert (response.status_code, "HTTP 405" in response.json()["detail"]) == (503, True)


def test_messages_go_with_the_account(ada: Person, database_url: str) -> None:
    ada.say("Add a task to buy milk")
    execute(database_url, f"DELETE FROM users WHERE id = '{ada.id}'")
    assert execute(database_url, f"SELECT count(*) FROM messages WHERE user_id = '{ada.id}'") == [(0,)]
