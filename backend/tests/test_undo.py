"""What "undo" takes back: the last change of the conversation, and nothing where that changed nothing."""

import pytest
from servers import Person

NOTHING = "there is nothing to take back"


@pytest.mark.parametrize(
    ("change", "idle", "told"),
    [
        ("complete task 1", "complete task 3", "Task 3, “Tea”, was completed already."),
        ("complete task 1", "reopen task 2", "Task 2, “Rent”, was open already."),
        ("delete task 1", "restore task 2", "Task 2, “Rent”, is not deleted."),
        ("complete task 1", "rename task 2 to Rent", "Task 2, “Rent”, was like that already."),
        ("complete task 1", "move task 2 to 2027-01-15", "Task 2, “Rent”, was like that already."),
        ("complete task 1", "tag task 2 with home", "Task 2, “Rent”, was like that already."),
    ],
)
def test_what_was_so_already_is_told_as_that_and_undo_takes_back_nothing_else(
    ada: Person, change: str, idle: str, told: str
) -> None:
    ada.add("Milk")
    ada.add("Rent", due_at="2027-01-16T00:59:00+01:00", tags=["home"])
    tea = ada.add("Tea")
    ada.ok(ada.http.patch(f"/api/me/tasks/{tea['id']}/complete", json={"completed": True}))
    conversation = ada.say(change)["conversation_id"]
    after = ada.titles(status="pending")
    assert ada.say(idle, conversation)["response"] == told
    undone = ada.say("undo", conversation)
    assert undone["tool_calls"] == [] and NOTHING in undone["response"]
    assert ada.titles(status="pending") == after


def test_a_change_is_taken_back_however_much_was_said_since(ada: Person) -> None:
    ada.add("Milk")
    conversation = ada.say("delete task 1")["conversation_id"]
    for _ in range(12):
        ada.say("What's pending?", conversation)
    assert "Restored task 1" in ada.say("undo", conversation)["response"]
    assert ada.titles() == ["Milk"]
    for _ in range(12):
        ada.say("What's pending?", conversation)
    assert "Deleted task 1" in ada.say("undo", conversation)["response"]


def test_a_long_conversation_without_a_change_has_nothing_to_undo(ada: Person) -> None:
    conversation = ada.say("What's pending?")["conversation_id"]
    for _ in range(10):
        ada.say("What's pending?", conversation)
    other = ada.say("add milk")["conversation_id"]
    assert other != conversation
    assert "nothing in this conversation" in ada.say("undo", conversation)["response"]


def test_an_undo_says_what_a_second_one_takes_back(ada: Person) -> None:
    for title in ("Milk", "Rent"):
        ada.add(title)
    conversation = ada.say("delete task 1")["conversation_id"]
    ada.say("delete task 2", conversation)
    assert (
        "Another “undo” takes this back, not an earlier change." in ada.say("undo", conversation)["response"]
    )
    assert "Deleted task 2" in ada.say("undo", conversation)["response"]
    assert ada.titles() == []


def test_an_undo_that_does_not_work_says_nothing_of_a_second_one(ada: Person) -> None:
    ada.add("Milk")
    conversation = ada.say("complete task 1")["conversation_id"]
    ada.http.delete("/api/me/tasks/1").raise_for_status()
    undone = ada.say("undo", conversation)["response"]
    assert "did not work" in undone and "Another" not in undone
