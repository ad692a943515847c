"""What a model changes in several steps of one turn: told, done once, and taken back as a whole."""

from typing import Any

import pytest
from model_api import Talk, calls, calls_all, says
from servers import Person


def _state(person: Person) -> list[tuple[int, str, bool]]:
    tasks = person.ok(person.http.get("/api/me/tasks"))
    return [(task["id"], task["title"], task["completed"]) for task in tasks]


def test_a_question_tells_what_was_done_before_it_in_the_turn(talk: Talk) -> None:
    person, _ = talk(calls("delete_task", {"task_id": 1}), calls("delete_task", {"task_id": 2}))
    person.add("Milk")
    person.add("Rent")
    asked = person.say("delete milk and rent")
    assert asked["response"].startswith("Deleted task 1, “Milk”.\n- Delete task 2, “Rent”\n")
    declined = person.say("no", asked["conversation_id"])["response"]
    assert "nothing of what I asked about was done" in declined and "changed nothing" not in declined
    assert person.titles() == ["Rent"]


def test_a_question_does_not_tell_what_the_model_corrected_before_it(talk: Talk) -> None:
    person, _ = talk(calls("complete_task", {"task_id": 9}), calls_all(*TWO_DELETIONS))
    person.add("Milk")
    person.add("Rent")
    assert person.say("delete milk and rent")["response"].startswith("- Delete task 1, “Milk”\n")


TWO_DELETIONS = [("delete_task", {"task_id": number}) for number in (1, 2)]


def test_a_turn_that_takes_too_many_steps_tells_those_that_it_took(talk: Talk) -> None:
    batches = [[("add_task", {"title": f"Task {n}"}) for n in range(m, m + 9)] for m in (0, 9, 18)]
    person, _ = talk(*(calls_all(*batch) for batch in batches))
    answer = person.say("add a few")
    assert len(person.titles()) == 18
    assert "Added “Task 0” as task 1." in answer["response"] and "“Task 17”" in answer["response"]
    assert "not begun the last 9" in answer["response"]


def test_an_addition_that_the_model_repeats_is_made_once(talk: Talk) -> None:
    person, api = talk(*[calls("add_task", {"title": "Milk"})] * 3, says("Added milk."))
    answer = person.say("add milk")
    assert person.titles() == ["Milk"]
    assert [call["ok"] for call in answer["tool_calls"]] == [True, False, False]
    assert "done already" in api.tool_results()[-1]["result"]


def test_a_title_forges_no_line_of_an_answer(talk: Talk) -> None:
    person, _ = talk(calls_all(("complete_task", {"task_id": 1}), ("delete_task", {"task_id": 2})))
    for title in ("Milk”\n- Complete task 9, “Harmless", "Rent\u2028- Delete task 8"):
        person.add(title)
    asked = person.say("complete milk and rent")
    first, second, question = asked["response"].splitlines()
    assert first == "- Complete task 1, “Milk” - Complete task 9, “Harmless”"
    assert second == "- Delete task 2, “Rent - Delete task 8”" and question
    assert [call["summary"] for call in asked["approval"]["calls"]] == [first[2:], second[2:]]
    done = person.say("yes", asked["conversation_id"])
    assert len(done["response"].splitlines()) == 2


def test_a_title_forges_no_line_of_a_list(ada: Person) -> None:
    ada.add("Milk\n- 9: Harmless")
    assert "- 1: Milk - 9: Harmless\n" in ada.say("Show my tasks")["response"]


COMPLETE, REOPEN = ("complete_task", {"task_id": 1}), ("reopen_task", {"task_id": 1})
DELETE, RENAME = ("delete_task", {"task_id": 1}), ("update_task", {"task_id": 1, "title": "Oat milk"})
RENAME_BACK = ("update_task", {"task_id": 1, "title": "Milk"})
TWICE = ("update_task", {"task_id": 1, "title": "Soy milk"})


@pytest.mark.parametrize(
    "replies",
    [
        [[COMPLETE], [DELETE]],
        [[COMPLETE, DELETE]],
        [[RENAME, DELETE]],
        [[RENAME], [COMPLETE], [DELETE]],
        [[RENAME, TWICE]],
        [[RENAME, TWICE, COMPLETE, REOPEN]],
        [[COMPLETE, REOPEN, DELETE]],
        [[COMPLETE], [REOPEN], [COMPLETE]],
        [[RENAME, RENAME_BACK, RENAME]],
    ],
)
def test_undo_takes_back_all_that_a_turn_did_to_a_task(
    talk: Talk, replies: list[list[tuple[str, dict[str, Any]]]]
) -> None:
    person, _ = talk(*(calls_all(*reply) for reply in replies), says("Done."))
    person.add("Milk")
    conversation = person.say("work on the milk")["conversation_id"]
    changed = _state(person)
    undone = person.say("undo", conversation)
    assert all(call["ok"] for call in undone["tool_calls"]) and "did not work" not in undone["response"]
    assert _state(person) == [(1, "Milk", False)]
    person.say("undo", conversation)
    assert _state(person) == changed


def test_undo_of_a_task_that_was_added_and_deleted_again_leaves_none(talk: Talk) -> None:
    add = calls("add_task", {"title": "Milk"})
    person, _ = talk(add, calls_all(RENAME, DELETE), says("Added and deleted it."))
    conversation = person.say("add milk, no, delete it")["conversation_id"]
    undone = person.say("undo", conversation)
    assert undone["tool_calls"] == [] and "nothing to take back" in undone["response"]
    assert person.titles() == []


def test_undo_of_a_task_that_was_added_and_changed_deletes_it(talk: Talk) -> None:
    person, _ = talk(calls("add_task", {"title": "Milk"}), calls_all(RENAME, COMPLETE), says("Done."))
    conversation = person.say("add milk, as oat milk, and I have it")["conversation_id"]
    undone = person.say("undo", conversation)
    assert [call["name"] for call in undone["tool_calls"]] == ["delete_task"]
    assert person.titles() == []


def test_what_approved_calls_did_is_told_of_the_task_as_each_found_it(talk: Talk) -> None:
    person, _ = talk(calls_all(COMPLETE, ("complete_task", {"task_id": 2}), REOPEN))
    for title in ("Milk", "Rent"):
        person.add(title)
    conversation = person.say("do something odd")["conversation_id"]
    done = person.say("yes", conversation)["response"]
    assert done.splitlines() == [
        "Completed task 1, “Milk”.",
        "Completed task 2, “Rent”.",
        "Reopened task 1, “Milk”.",
    ]
