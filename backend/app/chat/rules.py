"""The rule-based assistant: stands in for a model where no key is set, and says so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from app.chat import answers
from app.chat.answers import Done
from app.chat.dialogue import last_change, question_memory, set_as_given, understand
from app.chat.english.courtesy import read_courtesy
from app.chat.english.intents import (
    ASK_FILTER,
    ASK_ONE_NAME,
    ASK_TITLE,
    LEFT_AS_IT_WAS,
    LOST_UNDO,
    NO_DELETION,
    NOTHING_TO_UNDO,
    UNCHANGED,
    Add,
    Change,
    Complete,
    Delete,
    Reopen,
    Restore,
    Search,
    Show,
    Target,
    Unclear,
    Undo,
    Unknown,
    Update,
)
from app.chat.english.resolve import matching
from app.chat.moments import MOMENTS
from app.chat.policy import MAX_CALLS
from app.chat.protocol import Hear, Reply, ToolCall, ToolOutcome, ToolSpec, Turn

INTRODUCTION = "(I am the rule-based assistant.)"
HELP = (
    "I am a rule-based assistant and understand simple requests only, such as “Add a task to buy milk”, "
    "“What is pending?”, “Mark task 3 as complete”, “Move task 3 to Friday” or “Delete the milk task”. "
    f"{UNCHANGED}"
)
WHICH = "Which one do you mean?"
THIS_ONE = "Do you mean this one?"
UNDONE = "(Another “undo” takes this back, not an earlier change.)"

READING = {"list_tasks", "search_tasks"}
TOOLS: dict[type[Change], str] = {
    Complete: "complete_task",
    Reopen: "reopen_task",
    Delete: "delete_task",
    Restore: "restore_task",
}


class RuleBased:
    name = "rule-based"

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        return plan(turns)


def plan(turns: Sequence[Turn]) -> Reply:
    """The next step of a turn, from its messages alone: calls to make, or the final words."""
    asked_at = max(index for index, turn in enumerate(turns) if turn.role == "user")
    before, message = turns[:asked_at], turns[asked_at].content
    now = turns[asked_at].at or datetime.now(UTC)
    intent = understand(message, before, now)
    done = _done(turns[asked_at + 1 :])
    if isinstance(intent, Unknown):
        reply = _help(message)
    elif isinstance(intent, Undo):
        reply = _undo(intent, before, done, now)
    else:
        reply = _step(intent, done, now)
    if reply.calls or any(turn.role == "assistant" for turn in before):
        return reply
    return replace(reply, content=f"{reply.content}\n\n{INTRODUCTION}")


def _help(message: str) -> Reply:
    match read_courtesy(message):
        case "greeting":
            return Reply(f"Hello! {HELP}")
        case "thanks":
            return Reply("You are welcome.")
        case None:
            return Reply(HELP)


def _step(intent: Add | Show | Search | Change | Unclear, done: list[Done], now: datetime) -> Reply:
    match intent:
        case Unclear(question) if question == ASK_FILTER:
            return answers.shown(question, [])
        case Unclear(question, change) if change is not None:
            return Reply(question, memory=question_memory(change))
        case Unclear(question):
            return Reply(question, memory={"asks": "title"} if question == ASK_TITLE else None)
        case _ if any(call.name not in READING for call, _ in done):
            return answers.told(done, now.tzinfo)
        case Add():
            return _calls(*(("add_task", arguments) for arguments in _additions(intent)))
        case Show(status, ids):
            if done and ids:
                return answers.numbered(ids, done[0][1], now.tzinfo)
            if done:
                return answers.listing(status, done[0][1], now.tzinfo)
            return _calls(("list_tasks", {"status": status}))
        case Search():
            return answers.found(intent, done[0][1], now.tzinfo) if done else _calls(_search(intent))
        case Complete(target) | Reopen(target) | Delete(target) | Restore(target) | Update(target):
            # All tags are set at once, so those that a task has must be known.
            is_tagged = isinstance(intent, Update) and bool(intent.more_tags)
            if target.ids and not is_tagged:
                return _change(intent, target.ids)
            if not done:
                return _calls(("list_tasks", {"status": "all"}))
            return _choose(intent, target, done[0][1], now.tzinfo)


def _additions(intent: Add) -> list[dict[str, Any]]:
    more = {
        "description": intent.description,
        "due_at": intent.due_at,
        "priority": intent.priority,
        "tags": list(intent.tags),
    }
    given = {name: value for name, value in more.items() if value}
    return [{"title": title, **given} for title in intent.titles]


def _search(intent: Search) -> tuple[str, dict[str, Any]]:
    of_all = "pending" if intent.due else ""
    given = {
        "words": intent.words,
        "tag": intent.tag,
        "priority": intent.priority,
        "due_after": intent.due_after,
        "due_before": intent.due_before,
        "status": of_all if intent.status == "all" else intent.status,
    }
    return "search_tasks", {name: value for name, value in given.items() if value}


def _choose(intent: Change, target: Target, listed: ToolOutcome, zone: tzinfo | None) -> Reply:
    """The tasks that the words fit; a question where that is not certain."""
    if not listed.ok:
        return Reply(answers.refusal(listed))
    tasks, total = answers.tasks(listed), answers.total(listed)
    if target.ids:
        return _change(intent, target.ids, tasks)
    part = f" I searched only the newest {len(tasks)} of your {total} tasks." if total > len(tasks) else ""
    found, perhaps = matching(target, tasks)
    if isinstance(intent, Complete) and found:
        still_open = [task for task in found if not task["completed"]]
        if not still_open:
            return answers.already(f"Already completed:\n{answers.lines(found, zone)}", found)
        found = still_open
    if isinstance(intent, Reopen) and found:
        completed = [task for task in found if task["completed"]]
        if not completed:
            return answers.already(f"Not completed anyway:\n{answers.lines(found, zone)}", found)
        found = completed
    if found and not part and (len(found) == 1 or target.every):
        return _change(intent, tuple(task["id"] for task in found), tasks)
    if target.every:
        if found:
            return Reply(f"Give me their numbers.{part} {UNCHANGED}")
        return answers.shown(f"You have no such tasks.{part} {UNCHANGED}", [])
    if candidates := found or perhaps:
        question = WHICH if len(candidates) > 1 else THIS_ONE
        words = (
            f"{question}{part} Tell me its number; I have changed nothing.\n{answers.lines(candidates, zone)}"
        )
        return Reply(words, memory=question_memory(intent, candidates))
    still_open = [task for task in tasks if not task["completed"]]
    hint = (
        f" Your open tasks:\n{answers.lines(still_open, zone)}" if still_open else " You have no open tasks."
    )
    words = f"I found no task that fits “{target.words}”; I have changed nothing.{part or hint}"
    return Reply(words) if part else answers.shown(words, still_open)


def _change(intent: Change, ids: Sequence[int], listed: Sequence[Any] = ()) -> Reply:
    """`listed` are the tasks with their tags, which are needed where more are added."""
    if isinstance(intent, Update) and intent.title is not None and len(ids) > 1:
        return Reply(ASK_ONE_NAME)
    if len(ids) >= MAX_CALLS:
        return Reply(f"That is {len(ids)} tasks, and I change fewer than {MAX_CALLS} in one go. {UNCHANGED}")
    if not (isinstance(intent, Update) and intent.more_tags):
        return _calls(*(_mutation(intent, task_id) for task_id in ids))
    had = {task["id"]: task.get("tags", []) for task in listed}
    if missing := [number for number in ids if number not in had]:
        return Reply(f"{answers.unknown(missing[0], len(had))} {UNCHANGED}")
    tagged = ((number, [*dict.fromkeys([*had[number], *intent.more_tags])]) for number in ids)
    return _calls(*(("update_task", {"task_id": number, "tags": tags}) for number, tags in tagged))


def _mutation(intent: Change, task_id: int) -> tuple[str, dict[str, Any]]:
    if not isinstance(intent, Update):
        return TOOLS[type(intent)], {"task_id": task_id}
    given = {name: value for name, value in set_as_given(intent).items() if value is not None}
    return "update_task", {"task_id": task_id, **given}


def _undo(undo: Undo, before: Sequence[Turn], done: list[Done], now: datetime) -> Reply:
    """Take back the last change, an earlier undo too: "undo" twice leaves all as it was."""
    if done:
        told = answers.told(done, now.tzinfo)
        worked = any(outcome.ok for _, outcome in done)
        return replace(told, content=f"{told.content}\n{UNDONE}") if worked else told
    last = last_change(before)
    if last is None:
        return Reply(NOTHING_TO_UNDO)
    if last.get("undo_unknown"):
        return Reply(LOST_UNDO)
    if not last["undo"]:
        return Reply(LEFT_AS_IT_WAS)
    if undo.deletion and any(call["name"] != "restore_task" for call in last["undo"]):
        return Reply(NO_DELETION)
    # What 0.1.0 stored has no version.
    wanted = [
        (call["name"], _dated(call["arguments"], now.tzinfo), call.get("version")) for call in last["undo"]
    ]
    return Reply(calls=tuple(ToolCall(f"undo-{n}", *one) for n, one in enumerate(wanted)))


def _dated(arguments: dict[str, Any], zone: tzinfo | None) -> dict[str, Any]:
    """With moments as the zone has them: the record has them in UTC, and the user may be asked about them."""
    local = {
        name: datetime.fromisoformat(arguments[name]).astimezone(zone).isoformat()
        for name in MOMENTS
        if arguments.get(name)
    }
    return {**arguments, **local}


def _calls(*wanted: tuple[str, dict[str, Any]]) -> Reply:
    return Reply(
        calls=tuple(ToolCall(f"{name}-{n}", name, arguments) for n, (name, arguments) in enumerate(wanted))
    )


def _done(turns: Sequence[Turn]) -> list[Done]:
    calls = {call.id: call for turn in turns for call in turn.calls}
    return [(calls[turn.answers], turn.outcome) for turn in turns if turn.answers and turn.outcome]
