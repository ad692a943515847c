"""What takes a change back: the calls that a later "undo" makes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.chat.changes import SENTENCES, UNKNOWN, is_already_so
from app.chat.protocol import Row

Recorded = Mapping[str, Any]
"""A call as a message stores it."""


def with_undo(memory: dict[str, Any] | None, calls: Sequence[Recorded]) -> dict[str, Any] | None:
    """The memory of an answer, with what a later "undo" needs to know of the changes among its calls.

    `undo` has name and arguments of the calls that take them back, the last one first, and the version that
    the turn left the task in. It is empty where the changes left all as it was: an earlier one is not what
    "undo" means then. `undo_unknown` says that a change is perhaps made.
    """
    versions = {call["after"]["id"]: call["after"]["version"] for call in calls if call.get("after")}
    more: dict[str, Any] = {}
    changes = [call for call in calls if call["ok"] and call["name"] in SENTENCES]
    if changes:
        more["undo"] = [
            {"name": name, "arguments": arguments, "version": versions.get(arguments["task_id"])}
            for name, arguments in _inverses(changes)
        ]
    if any("key" in call and call["result"] == UNKNOWN for call in calls):
        more["undo_unknown"] = True
    return {**(memory or {}), **more} if more else memory


def _inverses(changes: Sequence[Recorded]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of a task that was added, its deletion alone, and nothing if it is deleted again."""
    numbers = [call["result"]["task_id"] for call in changes]
    added = {number for call, number in zip(changes, numbers, strict=True) if call["name"] == "add_task"}
    places = {
        number: call["name"]
        for call, number in zip(changes, numbers, strict=True)
        if call["name"] in ("delete_task", "restore_task")
    }
    for call, number in zip(reversed(changes), reversed(numbers), strict=True):
        if call["name"] == "add_task" and places.get(number) != "delete_task":
            yield "delete_task", {"task_id": number}
        elif number not in added and (inverse := _inverse(call)) is not None:
            yield inverse


def _inverse(call: Recorded) -> tuple[str, dict[str, Any]] | None:
    """None of a call that changed nothing."""
    if not call.get("before"):
        return None
    before = Row(**call["before"])
    if is_already_so(call["name"], call["arguments"], before):
        return None
    task = {"task_id": before.id}
    match call["name"]:
        case "complete_task":
            return "reopen_task", task
        case "reopen_task":
            return "complete_task", task
        case "delete_task":
            return "restore_task", task
        case "restore_task":
            return "delete_task", task
        case "update_task":
            return "update_task", {**task, **_earlier(before, call["arguments"])}
    return None


def _earlier(before: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        "title": before.title,
        "description": before.description,
        "priority": before.priority,
        "tags": list(before.tags),
        "due_at": before.due_at or "",
    }
    return {name: value for name, value in values.items() if name in given}
