"""What the rule-based assistant understands, and that it changes nothing where it is not sure."""

import pytest

from app.chat.intents import Add, Complete, Delete, Intent, Show, Target, Unclear, Unknown, Update
from app.chat.utterance import read


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        # the golden utterances
        ("Add a task to buy groceries", Add("Buy groceries")),
        ("Show me all my tasks", Show("all")),
        ("What's pending?", Show("pending")),
        ("Mark task 3 as complete", Complete(Target(ids=(3,)))),
        ("Delete the meeting task", Delete(Target(words="meeting"))),
        ("Change task 1 to 'Call mom tonight'", Update(Target(ids=(1,)), title="Call mom tonight")),
        ("I need to remember to pay bills", Add("Pay bills")),
        ("What have I completed?", Show("completed")),
        # adding
        ("add buy iPhone case for McDonald", Add("Buy iPhone case for McDonald")),
        ("Add iPhone case", Add("iPhone case")),
        ("Please add a new task: “Write to Dr. No”.", Add("Write to Dr. No")),
        ("Could you add milk to my list, please?", Add("Milk")),
        ("Remind me to call mom at 5", Add("Call mom at 5")),
        ("Don't forget to water the plants", Add("Water the plants")),
        ("Don't let me forget to water the plants", Add("Water the plants")),
        ("I have to pay the rent", Add("Pay the rent")),
        ("I've got to pay the rent", Add("Pay the rent")),
        ("I ought to pay the rent", Add("Pay the rent")),
        ("I must pay the rent", Add("Pay the rent")),
        ("I need tomatoes", Add("Tomatoes")),
        ("Add task 'two  spaces'", Add("Two  spaces")),
        ("todo: fix the tap", Add("Fix the tap")),
        ("Add a task to delete old files", Add("Delete old files")),
        ("Add a task to mark exams and complete the list", Add("Mark exams and complete the list")),
        ("Add a task Buy milk with description 2 litres", Add("Buy milk", "2 litres")),
        ("Add task 'buy milk; delete spam'", Add("Buy milk; delete spam")),
        ("ADD A TASK TO CALL NASA", Add("CALL NASA")),
        # showing
        ("list", Show("all")),
        ("What do I have to do?", Show("pending")),
        ("What's left on my list?", Show("pending")),
        ("show my completed tasks", Show("completed")),
        ("Which tasks are not done?", Show("pending")),
        ("Which tasks have I not completed yet?", Show("pending")),
        ("I need to see my tasks", Show("all")),
        ("Can you show me the open tasks?", Show("pending")),
        # completing
        ("Complete the groceries task", Complete(Target(words="groceries"))),
        ("I've finished the report", Complete(Target(words="report"))),
        ("I have finished the report", Complete(Target(words="report"))),
        ("I have already done task 4", Complete(Target(ids=(4,)))),
        ("mark  task   3  as  done", Complete(Target(ids=(3,)))),
        ("tick off milk", Complete(Target(words="milk"))),
        ("task 4 is done", Complete(Target(ids=(4,)))),
        ("mark tasks 3, 4 and 5 as done", Complete(Target(ids=(3, 4, 5)))),
        ("Can you mark #7 as finished?", Complete(Target(ids=(7,)))),
        ("mark 'Buy milk' as done", Complete(Target(words="Buy milk", quoted=True))),
        # deleting
        ("delete 3", Delete(Target(ids=(3,)))),
        ("please remove task #12!", Delete(Target(ids=(12,)))),
        ("Remove milk from my list", Delete(Target(words="milk"))),
        ("delete the task called Team meeting", Delete(Target(words="Team meeting"))),
        ("Delete task 3 apples", Delete(Target(words="task 3 apples"))),
        ("Delete 'buy  milk'", Delete(Target(words="buy milk", quoted=True))),
        # changing
        ("Rename the meeting task to Talk to Bob", Update(Target(words="meeting"), title="Talk to Bob")),
        (
            "rename 'call to mom' to 'call to dad'",
            Update(Target(words="call to mom", quoted=True), title="call to dad"),
        ),
        (
            "Change the description of task 2 to two litres",
            Update(Target(ids=(2,)), description="two litres"),
        ),
        # nothing about tasks
        ("Hello", Unknown()),
        ("I have no tasks left?", Unknown()),
        ("I have not finished the report", Unknown()),
        ("I have two reports", Unknown()),
        ("I need to", Unknown()),
        ("What is the weather like?", Unknown()),
        ("Don't delete the meeting task", Unknown()),
        ("Should I delete the meeting task?", Unknown()),
        ("Why did you delete the meeting task?", Unknown()),
        ("I don't want to complete task 3", Unknown()),
        ("Completed in 2020", Unknown()),
        ("Deleted scenes", Unknown()),
        ("", Unknown()),
    ],
)
def test_a_request_is_understood(message: str, intent: Intent) -> None:
    assert read(message) == intent


@pytest.mark.parametrize(
    "message",
    [
        "Add a task",
        "add",
        "delete",
        "Delete it",
        "mark it as done",
        "complete the task",
        "Delete everything",
        "delete all my tasks",
        "Complete all of them",
        "remove the completed tasks",
        "mark every task as done",
        "Mark task 3 as not done",
        "Mark task 3 as incomplete",
        "Reopen task 3",
        "Delete task 3. Add a task to buy milk",
        "Add buy milk and then delete task 3",
        "Add 'buy milk' and 'buy bread'\n\n delete task 3",
        "Complete task 1 and delete task 2",
        "rename call to mom to call to dad",
        "I need to delete the old emails",
        "never mind",
        "cancel",
    ],
)
def test_an_ambiguous_request_is_asked_about(message: str) -> None:
    intent = read(message)
    assert isinstance(intent, Unclear)
    assert intent.question


def test_a_run_of_digits_that_is_no_number_of_a_task_is_words() -> None:
    assert read(f"delete {'1' * 20}x") == Delete(Target(words=f"{'1' * 20}x"))
