"""The rule-based assistant's steps: pure, from messages to calls or words."""

from typing import Any

import pytest
from todo_world import World

from app.chat.changes import sentence
from app.chat.protocol import Reply, Row, ToolCall, ToolOutcome, Turn
from app.chat.rules import INTRODUCTION, plan

TASKS = [
    {"id": 1, "title": "Team meeting", "completed": False},
    {"id": 2, "title": "Meeting notes", "completed": False},
    {"id": 3, "title": "Buy milk", "completed": True},
    {"id": 4, "title": "Buy milk", "completed": False},
    {"id": 5, "title": "Call mom", "completed": False},
]


def _after_listing(message: str, tasks: list[dict[str, Any]] = TASKS, **more: int) -> Reply:
    turns = [Turn("user", message)]
    first = plan(turns)
    assert [call.name for call in first.calls] == ["list_tasks"]
    turns.append(Turn("assistant", "", calls=first.calls))
    outcome = ToolOutcome({"tasks": tasks, **more}, ok=True)
    turns.append(Turn("tool", "", answers=first.calls[0].id, outcome=outcome))
    return plan(turns)


def _call(reply: Reply) -> tuple[str, dict[str, Any]]:
    [call] = reply.calls
    return call.name, call.arguments or {}


def test_a_title_that_fits_one_task_is_acted_on() -> None:
    assert _call(_after_listing("Delete the mom task")) == ("delete_task", {"task_id": 5})
    assert _call(_after_listing("Rename team meeting to Retro")) == (
        "update_task",
        {"task_id": 1, "title": "Retro"},
    )


def test_completing_means_the_open_one_of_two_with_the_same_title() -> None:
    assert _call(_after_listing("Complete buy milk")) == ("complete_task", {"task_id": 4})


def test_the_description_of_a_task_is_shown_with_it() -> None:
    tasks = [{**TASKS[0], "description": "Bring the slides.\nIn room 5."}, {**TASKS[1], "description": ""}]
    told = "- 1: Team meeting\n  Bring the slides.\n  In room 5.\n"
    assert told in _after_listing("what's the description of task 1?", tasks).content
    assert f"{told}- 2: Meeting notes\n\n(I am" in _after_listing("show tasks 1 and 2", tasks).content
    assert "slides" not in _after_listing("show my tasks", tasks).content


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("show urgent tasks about milk", "No task fits “high priority, milk”."),
        ("show completed tasks about bread", "No completed task fits “bread”."),
        ("which tasks tagged home are due today?", "No task fits “#home, due today”."),
        ("what do I have to do today?", "No task is due today."),
        ("what did I complete today?", "I do not understand which tasks you want to see."),
    ],
)
def test_an_empty_list_is_told_with_all_that_it_was_asked_by(message: str, words: str) -> None:
    turns = [Turn("user", message)]
    if calls := plan(turns).calls:
        turns.append(Turn("assistant", "", calls=calls))
        turns.append(Turn("tool", "", answers=calls[0].id, outcome=ToolOutcome({"tasks": []}, ok=True)))
    assert plan(turns).content.startswith(words)


@pytest.mark.parametrize("message", ["Delete the meeting task", "delete buy milk", "Rename meeting to Retro"])
def test_a_title_that_fits_several_is_asked_about(message: str) -> None:
    reply = _after_listing(message)
    assert not reply.calls
    assert "Which one" in reply.content and "changed nothing" in reply.content


@pytest.mark.parametrize("message", ["Delete the dentist task", "delete 'dentist'", "delete meet"])
def test_a_title_that_fits_none_changes_nothing(message: str) -> None:
    reply = _after_listing(message)
    assert not reply.calls
    assert "no task that fits" in reply.content and "5: Call mom" in reply.content


def test_a_title_found_in_a_part_of_the_tasks_is_not_taken_for_the_only_one() -> None:
    reply = _after_listing("Delete the mom task", total=1001)
    assert not reply.calls
    assert "newest 5 of your 1001 tasks" in reply.content and "5: Call mom" in reply.content


def test_a_title_missing_from_a_part_of_the_tasks_is_not_said_to_be_none() -> None:
    reply = _after_listing("Delete the dentist task", total=1001)
    assert not reply.calls
    assert "newest 5 of your 1001 tasks" in reply.content


def test_a_part_of_the_tasks_is_shown_with_the_number_of_all() -> None:
    assert _after_listing("Show my tasks").content.startswith("You have 5 tasks:\n- 1: Team meeting")
    cut = _after_listing("Show my tasks", total=1001).content
    assert cut.startswith("You have 1001 tasks, the newest 5 of them:\n- 1: Team meeting")


def test_a_whole_title_wins_over_those_that_contain_it() -> None:
    tasks = [
        {"id": 1, "title": "Meeting", "completed": False},
        {"id": 2, "title": "Meeting room", "completed": False},
    ]
    assert _call(_after_listing("Delete the meeting task", tasks)) == ("delete_task", {"task_id": 1})


def _before(message: str, reply: Reply) -> list[Turn]:
    return [Turn("user", message), Turn("assistant", reply.content, memory=reply.memory)]


def test_a_number_answers_the_question_which_one() -> None:
    before = _before("Delete the meeting task", _after_listing("Delete the meeting task"))
    assert _call(plan([*before, Turn("user", "2")])) == ("delete_task", {"task_id": 2})
    assert _call(plan([*before, Turn("user", "the task 2")])) == ("delete_task", {"task_id": 2})
    assert not plan([*before, Turn("user", "5")]).calls


def test_the_question_which_one_is_about_the_change_that_was_asked_for() -> None:
    before = _before("Rename meeting to Retro", _after_listing("Rename meeting to Retro"))
    assert _call(plan([*before, Turn("user", "the second one")])) == (
        "update_task",
        {"task_id": 2, "title": "Retro"},
    )


def test_a_question_that_0_1_0_asked_can_still_be_answered() -> None:
    memory = {"asks": "which", "kind": "update", "shown": [1, 2], "title": "Retro", "description": None}
    before = [Turn("user", "Rename meeting to Retro"), Turn("assistant", "Which one?", memory=memory)]
    assert _call(plan([*before, Turn("user", "2")])) == ("update_task", {"task_id": 2, "title": "Retro"})


def test_a_title_that_might_be_meant_is_asked_about_and_yes_means_it() -> None:
    asked = _after_listing("I finished the mom")
    assert "Do you mean this one?" in asked.content and not asked.calls
    before = _before("I finished the mom", asked)
    assert _call(plan([*before, Turn("user", "yes")])) == ("complete_task", {"task_id": 5})


def test_a_title_answers_the_question_for_one() -> None:
    before = _before("Add a task", plan([Turn("user", "Add a task")]))
    assert _call(plan([*before, Turn("user", "buy milk")])) == ("add_task", {"title": "buy milk"})
    assert not plan([*before, Turn("user", "never mind")]).calls


def test_a_description_stands_beside_the_title() -> None:
    [call] = plan([Turn("user", "Add a task Buy milk with description 2 litres")]).calls
    assert call.arguments == {"title": "Buy milk", "description": "2 litres"}
    [call] = plan([Turn("user", "Add a task with title 'Pay rent' and description 'by card'")]).calls
    assert call.arguments == {"title": "Pay rent", "description": "by card"}
    [call] = plan([Turn("user", 'Add "Pay rent" with description "by card" and high priority')]).calls
    assert call.arguments == {"title": "Pay rent", "description": "by card", "priority": "high"}


def test_a_new_description_is_told_with_the_one_before() -> None:
    call = ToolCall("1", "update_task", {"task_id": 1, "description": "Bring slides"})
    result = {"task_id": 1, "title": "Meeting"}
    told = sentence(call, ToolOutcome(result, ok=True, before=Row(1, "Meeting", "", "1")))
    assert told == "Updated task 1, “Meeting”. Its description is “Bring slides”."
    told = sentence(call, ToolOutcome(result, ok=True, before=Row(1, "Meeting", "Room 2", "1")))
    assert told.endswith("Its description is “Bring slides”; it was “Room 2”.")
    removed = ToolCall("1", "update_task", {"task_id": 1, "description": ""})
    told = sentence(removed, ToolOutcome(result, ok=True, before=Row(1, "Meeting", "Room 2", "1")))
    assert told.endswith("It has no description now; it was “Room 2”.")


def test_more_tasks_than_are_changed_in_one_go_are_counted_and_left_alone() -> None:
    reply = plan([Turn("user", f"delete {' '.join(map(str, range(1, 1000)))}")])
    assert not reply.calls and "999 tasks" in reply.content


def test_all_of_a_list_that_is_shown_in_part_are_left_alone() -> None:
    reply = _after_listing("Delete everything", total=1001)
    assert not reply.calls and "newest 5 of your 1001 tasks" in reply.content


def test_a_bare_number_means_nothing_without_a_question() -> None:
    before = [Turn("user", "Delete task 1"), Turn("assistant", "Deleted task 1, “Team meeting”.")]
    assert not plan([*before, Turn("user", "2")]).calls


def test_a_refused_tool_is_told_in_its_own_words() -> None:
    call = ToolCall("c", "complete_task", {"task_id": 9})
    outcome = ToolOutcome("No task 9. Open tasks: 5 Call mom.", ok=False)
    turns = [
        Turn("user", "Complete task 9"),
        Turn("assistant", "", calls=(call,)),
        Turn("tool", "", answers="c", outcome=outcome),
    ]
    assert "No task 9. Open tasks: 5 Call mom." in plan(turns).content


def test_it_says_what_it_is_in_the_first_answer_and_when_it_is_lost() -> None:
    first = plan([Turn("user", "Delete it")])
    assert first.content.endswith(INTRODUCTION)
    later = plan([Turn("user", "Delete it"), Turn("assistant", first.content), Turn("user", "Hello")])
    assert INTRODUCTION not in later.content and "rule-based" in later.content


@pytest.mark.parametrize(
    ("message", "begins", "helps"),
    [
        ("Hi", "Hello! I am a rule-based", True),
        ("good morning!", "Hello! I am a rule-based", True),
        ("Thanks!", "You are welcome.", False),
        ("ok, thank you so much", "You are welcome.", False),
        ("All of you", "I am a rule-based", True),
        ("Thank Bob", "I am a rule-based", True),
    ],
)
def test_a_courtesy_is_returned_and_more_than_one_is_none(message: str, begins: str, helps: bool) -> None:
    reply = plan([Turn("user", message)])
    assert reply.calls == () and reply.content.startswith(begins)
    assert ("Add a task to buy milk" in reply.content) is helps


@pytest.mark.parametrize("asked", ["Add a task", "Delete the meeting", "Rename it"])
def test_a_courtesy_answers_no_question(asked: str) -> None:
    assert World().outcome(asked, "hi") == World().outcome(asked, "thank you") == "nothing"
    assert World().say(asked, "thanks").words.startswith("You are welcome.")


def test_the_same_messages_give_the_same_step() -> None:
    turns = [Turn("user", "Mark tasks 1 and 2 as done")]
    assert plan(turns) == plan(turns)
    assert [call.arguments for call in plan(turns).calls] == [{"task_id": 1}, {"task_id": 2}]
