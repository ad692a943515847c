"""What needs a yes waits for one: stored, shown, carried out once and only as it was shown."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from postgres import execute
from servers import Person, Stack

from app.chat.approvals import consent

DELETE = [{"name": "delete_task", "arguments": {"task_id": number}} for number in (1, 2)]


def _updates(**fields: object) -> list[dict[str, Any]]:
    return [{"name": "update_task", "arguments": {"task_id": number, **fields}} for number in (1, 2)]


def _all(tool: str) -> list[dict[str, Any]]:
    return [{"name": tool, "arguments": {"task_id": number}} for number in (1, 2)]


@pytest.mark.parametrize(
    "said",
    [
        "yes",
        "Yes.",
        "yes please",
        "OK, do it",
        "go ahead",
        "yes, delete it",
        "yes remove them",
        "Correct.",
        "yup",
        "y",
        "yes, both",
        "yes, both of them",
        "yes, delete both tasks",
    ],
)
def test_nothing_but_a_yes_approves(said: str) -> None:
    assert consent(said, DELETE) == "approved"


MOVE, TAG, PRIORITIZE, RENAME = (
    _updates(due_at="2026-11-27T23:59"),
    _updates(tags=["home"]),
    _updates(priority="high"),
    _updates(title="Bread"),
)


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("yes, move them", MOVE),
        ("yes, reschedule both", MOVE),
        ("yes, tag them", TAG),
        ("yes, make them urgent", PRIORITIZE),
        ("yes mark them as done", _all("complete_task")),
        ("yes, complete them", _all("complete_task")),
        ("yes, reopen them", _all("reopen_task")),
        ("yes, restore them", _all("restore_task")),
        ("yes, remove them", _updates(due_at="")),
    ],
)
def test_a_yes_may_say_what_is_to_be_done(said: str, calls: list[dict[str, Any]]) -> None:
    assert consent(said, calls) == "approved"


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("yes, tag them", MOVE),
        ("yes, move them", TAG),
        ("yes, move them", DELETE),
        ("yes, move them", _updates(due_at="")),
        ("yes, remove them", MOVE),
        ("yes, move them to friday", MOVE),
        ("yes, make them low", PRIORITIZE),
        ("yes, mark them as done", _all("reopen_task")),
        ("yes, mark them as not done", _all("complete_task")),
        ("yes, rename them", [*MOVE, *RENAME]),
        ("yes, move and tag them", _updates(tags=["home"], due_at="2026-11-27T23:59")),
        ("yes, both", [*DELETE, *DELETE]),
        ("move them", MOVE),
        ("both", DELETE),
        ("yup?", DELETE),
    ],
)
def test_a_yes_to_something_else_drops_the_question(said: str, calls: list[dict[str, Any]]) -> None:
    assert consent(said, calls) == "dropped"


@pytest.mark.parametrize(
    "said",
    ["no", "No!", "no thanks", "cancel", "don't", "never mind", "stop it", "nah", "nvm", "undo", "undo that"],
)
def test_a_no_declines(said: str) -> None:
    assert consent(said, DELETE) == "declined"


@pytest.mark.parametrize(
    "said",
    [
        "yes?",
        "yes, but not task 1",
        "yes, complete it",
        "yes and add milk",
        "yes no",
        "yes, delete task 2",
        "ok, then no",
        "not yes",
        "please",
        "",
        "?",
        "show my tasks",
        "yes " * 30,
        "yesterday",
        "delete it",
    ],
)
def test_anything_else_drops_the_question(said: str) -> None:
    assert consent(said, DELETE) == "dropped"


@pytest.fixture
def asked(ada: Person) -> Iterator[tuple[Person, int, list[int]]]:
    """Ada, the conversation that asks about two deletions, and the tasks."""
    ids = [ada.add(title)["id"] for title in ("One", "Two")]
    answer = ada.say(f"delete {ids[0]} and {ids[1]}")
    assert answer["tool_calls"] == [] and len(ada.titles()) == 2
    assert "“One”" in answer["response"] and "“Two”" in answer["response"] and "yes" in answer["response"]
    yield ada, answer["conversation_id"], ids


Asked = tuple[Person, int, list[int]]


def test_a_yes_to_a_question_of_a_later_release_whose_tasks_have_another_field_is_carried_out(
    asked: Asked, database_url: str
) -> None:
    ada, conversation, _ = asked
    later = """(SELECT jsonb_agg(row || '{"estimate": 5}') FROM jsonb_array_elements(rows::jsonb) AS row)"""
    execute(database_url, f"UPDATE approvals SET rows = {later} WHERE conversation_id = {conversation}")
    ada.say("yes", conversation)
    assert ada.titles() == []


def test_yes_does_exactly_what_was_shown_and_only_once(asked: Asked) -> None:
    ada, conversation, ids = asked
    ada.add("Three")
    done = ada.say("yes", conversation)
    assert [(call["name"], call["arguments"]["task_id"], call["ok"]) for call in done["tool_calls"]] == [
        ("delete_task", ids[0], True),
        ("delete_task", ids[1], True),
    ]
    assert ada.titles() == ["Three"]
    assert "Deleted task" in done["response"]
    assert ada.say("yes", conversation)["tool_calls"] == []
    assert ada.titles() == ["Three"]


@pytest.mark.parametrize("said", ["no", "yes, but not One", "what would that do?", "Add a task to wait"])
def test_no_and_anything_else_drop_it_for_good(asked: Asked, said: str) -> None:
    ada, conversation, _ = asked
    answer = ada.say(said, conversation)
    assert not any(call["name"] == "delete_task" for call in answer["tool_calls"])
    assert ada.say("yes", conversation)["tool_calls"] == []
    assert {"One", "Two"} <= set(ada.titles())


def test_undo_at_a_question_is_a_no_to_it_and_takes_nothing_else_back(asked: Asked) -> None:
    ada, conversation, ids = asked
    ada.say(f"complete {ids[0]}", conversation)
    ada.say(f"delete {ids[0]} and {ids[1]}", conversation)
    answer = ada.say("undo", conversation)
    assert answer["tool_calls"] == [] and "nothing of what I asked about" in answer["response"]
    assert ada.titles(status="completed") == ["One"]
    assert [call["name"] for call in ada.say("undo", conversation)["tool_calls"]] == ["reopen_task"]


def test_what_was_dropped_is_told(asked: Asked) -> None:
    ada, conversation, _ = asked
    assert "dropped" in ada.say("What's pending?", conversation)["response"]


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [("PATCH", "", {"title": "Changed"}), ("PATCH", "/complete", None), ("DELETE", "", None)],
)
def test_a_task_that_changed_meanwhile_stops_all_of_it(
    asked: Asked, method: str, suffix: str, body: object
) -> None:
    ada, conversation, ids = asked
    ada.http.request(method, f"/api/me/tasks/{ids[1]}{suffix}", json=body).raise_for_status()
    before = ada.titles()
    answer = ada.say("yes", conversation)
    assert answer["tool_calls"] == [] and "done nothing" in answer["response"]
    assert "“Two”" in answer["response"] and "“One”" not in answer["response"]
    assert ada.titles() == before


def test_all_tasks_that_changed_meanwhile_are_named(asked: Asked) -> None:
    ada, conversation, ids = asked
    for number in ids:
        ada.http.delete(f"/api/me/tasks/{number}").raise_for_status()
    named = f"task {ids[0]} (“One”), task {ids[1]} (“Two”) have changed or been deleted"
    assert named in ada.say("yes", conversation)["response"]


def test_an_old_question_can_no_longer_be_answered(asked: Asked, database_url: str) -> None:
    ada, conversation, _ = asked
    past = f"UPDATE approvals SET expires_at = now() WHERE conversation_id = {conversation}"
    execute(database_url, past)
    answer = ada.say("yes", conversation)
    assert answer["tool_calls"] == [] and "too long ago" in answer["response"]
    assert len(ada.titles()) == 2


def test_a_yes_counts_in_its_own_conversation_only(asked: Asked, bob: Person) -> None:
    ada, conversation, _ = asked
    assert ada.say("yes")["tool_calls"] == []
    foreign = bob.http.post("/api/me/chat", json={"message": "yes", "conversation_id": conversation})
    assert foreign.status_code == 404
    assert len(ada.titles()) == 2


def test_of_two_at_the_same_time_one_carries_it_out(asked: Asked) -> None:
    ada, conversation, ids = asked
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ada.say("yes", conversation), range(4)))
    assert sorted(len(answer["tool_calls"]) for answer in answers) == [0, 0, 0, len(ids)]


def test_the_last_question_is_the_one_that_is_open(asked: Asked) -> None:
    ada, conversation, ids = asked
    ada.say(f"complete {ids[1]} and {ids[0]}", conversation)
    done = ada.say("yes", conversation)
    assert [call["name"] for call in done["tool_calls"]] == ["complete_task"] * 2
    assert ada.titles(status="completed") == ["Two", "One"]


def test_what_was_carried_out_can_be_taken_back_at_once_and_is_asked_about_again(asked: Asked) -> None:
    ada, conversation, ids = asked
    tasks = ada.ok(ada.http.get("/api/me/tasks"))
    ada.say("yes", conversation)
    undone = ada.say("undo", conversation)
    assert undone["tool_calls"] == [] and "Restore task" in undone["response"] and ada.titles() == []
    done = ada.say("yes", conversation)
    assert [call["name"] for call in done["tool_calls"]] == ["restore_task"] * 2
    assert ada.ok(ada.http.get("/api/me/tasks")) == tasks


def test_several_commands_of_one_kind_wait_too(ada: Person) -> None:
    ids = [ada.add(title)["id"] for title in ("One", "Two")]
    answer = ada.say("complete all my tasks")
    assert [call["name"] for call in answer["tool_calls"]] == ["list_tasks"]
    assert ada.titles(status="completed") == []
    done = ada.say("go ahead", answer["conversation_id"])
    assert {call["arguments"]["task_id"] for call in done["tool_calls"]} == set(ids)
    assert len(ada.titles(status="completed")) == 2


def test_approvals_go_with_the_account(asked: Asked, database_url: str) -> None:
    ada, _, _ = asked
    execute(database_url, f"DELETE FROM users WHERE id = '{ada.id}'")
    assert execute(database_url, f"SELECT count(*) FROM approvals WHERE user_id = '{ada.id}'") == [(0,)]


def test_a_position_means_the_task_of_the_last_listing(ada: Person, stack: Stack) -> None:
    ada.add("Watch The Last of Us")
    newest = ada.add("Newest")
    listed = ada.say("Show my tasks")
    done = ada.say("complete the first one", listed["conversation_id"])
    assert [call["arguments"] for call in done["tool_calls"]] == [{"task_id": newest["id"]}]
