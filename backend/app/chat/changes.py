"""What calls of tools changed, in words: for the answer, and for the stored one of a turn that has none."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from app.chat.moments import MOMENTS, in_words, is_same_moment, zone_of
from app.chat.protocol import Row, ToolCall, ToolOutcome

SENTENCES = {
    "add_task": "Added “{title}” as task {task_id}.",
    "complete_task": "Completed task {task_id}, “{title}”.",
    "reopen_task": "Reopened task {task_id}, “{title}”.",
    "restore_task": "Restored task {task_id}, “{title}”.",
    "delete_task": "Deleted task {task_id}, “{title}”.",
    "update_task": "Updated task {task_id}, “{title}”.",
}
"""By tool; those that only read have none."""
ALREADY = {
    "complete_task": "Task {task_id}, “{title}”, was completed already.",
    "reopen_task": "Task {task_id}, “{title}”, was open already.",
    "restore_task": "Task {task_id}, “{title}”, is not deleted.",
    "update_task": "Task {task_id}, “{title}”, was like that already.",
}
"""Instead, where the task was as the call makes it."""
UNKNOWN = "It is not known whether this was done: the answer got lost."


def in_one_line(words: str) -> str:
    """As it is told: a title with a line break would look like a line of ours."""
    return " ".join(words.split())


def sentence(call: ToolCall, outcome: ToolOutcome, zone: tzinfo | None = None) -> str:
    """One line on what came of a call; nothing on one that only read.

    Dates are in the zone, or else as the call writes them.
    """
    return in_one_line(_sentence(call, outcome, zone))


def _sentence(call: ToolCall, outcome: ToolOutcome, zone: tzinfo | None) -> str:
    if not outcome.ok:
        return f"That did not work. {outcome.result}"
    given, before = call.arguments or {}, outcome.before
    words = _told(call.name, given, outcome.result, before)
    if call.name == "add_task":
        described = [f"Its description is “{given['description']}”."] if given.get("description") else []
        return " ".join([words, *described, *_facts(given, Row(0, "", "", ""), zone)])
    if call.name != "update_task" or before is None or is_already_so(call.name, given, before):
        return words
    told = []
    if given.get("title") not in (None, before.title):
        told.append(f"Its title was “{before.title}”.")
    if (new := given.get("description")) not in (None, before.description):
        was = f"; it was “{before.description}”" if before.description else ""
        now = f"Its description is “{new}”" if new else "It has no description now"
        told.append(f"{now}{was}.")
    return " ".join([words, *told, *_facts(given, before, zone)])


def _facts(given: Mapping[str, Any], before: Row, zone: tzinfo | None) -> list[str]:
    """What a task got beside its words."""
    told = []
    if (due_at := given.get("due_at")) is not None and not is_same_moment(due_at, before.due_at or ""):
        was = f"; it was due {in_words(before.due_at, zone or zone_of(due_at))}" if before.due_at else ""
        now = f"It is due {in_words(due_at, zone)}" if due_at else "It has no due date now"
        told.append(f"{now}{was}.")
    if given.get("priority") not in (None, before.priority):
        was = "" if before.priority == "none" else f"; it was {before.priority}"
        told.append(f"Its priority is {given['priority']}{was}.")
    if given.get("tags") is not None and list(given["tags"]) != list(before.tags):
        told.append(f"Its tags are {', '.join(given['tags']) or 'none'}.")
    return told


def unfinished(reason: str, calls: Sequence[Mapping[str, Any]]) -> str:
    """The reason, and the changes among stored `calls`: who reads on, a model too, must not repeat them."""
    done, unknown = [], []
    for call in calls:
        if call["name"] not in SENTENCES:
            continue
        if call["ok"]:
            before = Row(**call["before"]) if call.get("before") else None
            done.append(_told(call["name"], call["arguments"], call["result"], before))
        elif call["result"] == UNKNOWN:
            unknown.append(f"Perhaps done: {call['name']} {call['arguments']}.")
    words = [reason, *(["Done until then:", *done] if done else []), *unknown]
    return " ".join(words)


def is_already_so(tool: str, given: Mapping[str, Any], before: Row) -> bool:
    """Whether a call found the task as it makes it."""
    match tool:
        case "complete_task":
            return before.completed
        case "reopen_task":
            return not before.completed
        case "restore_task":
            return not before.deleted
        case "update_task":
            return all(_is_set(name, value, before) for name, value in given.items() if name != "task_id")
    return False


def _is_set(name: str, value: Any, before: Row) -> bool:
    if name in MOMENTS and value is not None:
        return is_same_moment(value, getattr(before, name, None) or "")
    return value is None or value == (list(before.tags) if name == "tags" else getattr(before, name, None))


def _told(tool: str, given: Mapping[str, Any], result: Mapping[str, Any], before: Row | None) -> str:
    if tool not in SENTENCES:
        return ""
    sentences = ALREADY if before is not None and is_already_so(tool, given, before) else SENTENCES
    return in_one_line(sentences[tool].format(**result))
