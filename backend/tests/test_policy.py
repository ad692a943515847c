"""What runs, what is refused and what is asked about: pure, on the calls of one reply."""

import pytest
from todo_world import World

from app.chat.policy import Verdict, describe, effect, judge
from app.chat.protocol import Row, ToolCall, ToolSpec

SPECS = World().specs
ROWS = {number: Row(number, f"Task {number}", "", "1") for number in (1, 2, 3)}


def _call(name: str, **arguments: object) -> ToolCall:
    return ToolCall(name, name, arguments)


def _judge(*calls: ToolCall, changed: tuple[int, ...] = (), done: tuple[ToolCall, ...] = ()) -> Verdict:
    return judge(calls, SPECS, ROWS, changed, done)


ADD, LIST = _call("add_task", title="Milk"), _call("list_tasks")
COMPLETE_1, COMPLETE_2 = _call("complete_task", task_id=1), _call("complete_task", task_id=2)
RENAME_1, DELETE_1 = _call("update_task", task_id=1, title="New"), _call("delete_task", task_id=1)


@pytest.mark.parametrize(
    "calls",
    [
        (LIST,),
        (ADD,),
        (ADD, _call("add_task", title="Bread"), LIST),
        (COMPLETE_1,),
        (RENAME_1,),
        (RENAME_1, COMPLETE_1),
        (DELETE_1,),
        (_call("reopen_task", task_id=1),),
        (ADD, COMPLETE_1),
    ],
)
def test_reading_adding_and_changes_of_one_task_run(calls: tuple[ToolCall, ...]) -> None:
    assert set(map(id, _judge(*calls).run)) == set(map(id, calls))


def test_what_cannot_be_taken_back_is_held() -> None:
    spec = ToolSpec("shred_task", "", {"properties": {"task_id": {"type": "integer"}}})
    shred = _call("shred_task", task_id=1)
    assert judge((shred,), [*SPECS, spec], ROWS, ()) == Verdict((), (), (shred,))


def test_of_a_deleted_task_only_the_deletion_can_be_taken_back() -> None:
    rows = {1: Row(1, "Task 1", "", "1", deleted=True)}
    restore = _call("restore_task", task_id=1)
    verdict = judge((COMPLETE_1, DELETE_1, restore), SPECS, rows, ())
    assert (verdict.run, [call for call, _ in verdict.refused]) == ((restore,), [COMPLETE_1, DELETE_1])


def test_changes_of_more_than_one_task_are_held_together() -> None:
    assert _judge(COMPLETE_1, ADD, COMPLETE_2) == Verdict((ADD,), (), (COMPLETE_1, COMPLETE_2))
    assert _judge(COMPLETE_1, _call("delete_task", task_id=2)).run == ()


def test_a_second_task_in_a_later_reply_of_the_same_turn_is_held() -> None:
    assert _judge(COMPLETE_2, changed=(1,)).held == (COMPLETE_2,)
    assert _judge(RENAME_1, changed=(1,)).run == (RENAME_1,)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (_call("drop_tables"), "no tool drop_tables"),
        (ToolCall("c", "delete_task", None), "one JSON object"),
        (_call("delete_task"), "number of one task"),
        (_call("delete_task", task_id="1"), "number of one task"),
        (_call("delete_task", task_id=True), "number of one task"),
        (_call("delete_task", task_id=1.0), "number of one task"),
        (_call("delete_task", task_id=[1, 2]), "number of one task"),
        (_call("delete_task", task_id=9), "No task 9"),
        (_call("complete_task", task_id=-1), "No task -1"),
    ],
)
def test_a_call_that_names_no_task_of_the_users_never_reaches_a_tool(call: ToolCall, words: str) -> None:
    verdict = _judge(call)
    assert (verdict.run, verdict.held) == ((), ())
    assert words in verdict.refused[0][1]


def test_the_same_call_twice_in_a_reply_is_made_once() -> None:
    again = ToolCall("other", "add_task", {"title": "Milk"})
    verdict = _judge(ADD, again)
    assert (verdict.run, [call for call, _ in verdict.refused]) == ((ADD,), [again])


def test_a_change_is_no_repetition_after_another_one_of_its_task() -> None:
    reopen, again = _call("reopen_task", task_id=1), _call("complete_task", task_id=1)
    assert _judge(COMPLETE_1, reopen, again).run == (COMPLETE_1, reopen, again)
    assert [call for call, _ in _judge(COMPLETE_1, LIST, again).refused] == [again]


def test_what_a_call_has_restored_can_be_changed_by_the_next_one() -> None:
    rows = {1: Row(1, "Task 1", "", "1", deleted=True)}
    restore = _call("restore_task", task_id=1)
    assert judge((restore, COMPLETE_1, RENAME_1), SPECS, rows, ()).refused == ()


def test_of_what_a_turn_has_done_an_addition_is_not_made_again() -> None:
    again = ToolCall("other", "add_task", {"title": "Milk"})
    assert [call for call, _ in _judge(again, done=(ADD,)).refused] == [again]
    assert _judge(COMPLETE_1, LIST, done=(COMPLETE_1, LIST)).refused == ()


def test_a_tool_without_hints_is_taken_for_one_that_destroys() -> None:
    spec = ToolSpec("empty_list", "", {})
    assert effect(spec) == "destroys"
    call = _call("empty_list")
    assert judge((call,), [spec], {}, ()).held == (call,)


def test_what_is_asked_about_is_named_by_its_title() -> None:
    assert describe(DELETE_1, ROWS) == "Delete task 1, “Task 1”"
    assert describe(COMPLETE_1, ROWS) == "Complete task 1, “Task 1”"
    assert describe(RENAME_1, ROWS) == "Change task 1, “Task 1”: its title to “New”"
    tagged = _call("update_task", task_id=1, tags=["home", "garden"], due_at="2027-01-01T00:00:00Z")
    assert describe(tagged, ROWS).endswith(
        "its tags to “home, garden” and its due date to “Fri 1 Jan 2027, 00:00 UTC”"
    )
    assert describe(_call("share_task", task_id=1, to="Bob"), ROWS).startswith("share_task on task 1")
