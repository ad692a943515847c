"""What takes a change back: the calls that a later "undo" makes."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.chat.changes import UNKNOWN

Recorded = Mapping[str, Any]
"""A call as a message stores it."""


def with_undo(memory: dict[str, Any] | None, calls: Sequence[Recorded]) -> dict[str, Any] | None:
    """The memory of an answer, with what a later "undo" needs to know of the changes among its calls.

    `undo` has name and arguments of the calls that take them back, the last one first, and the version that
    the turn left the task in; `undo_unknown` says that a change is perhaps made.
    """
    versions = {call["after"]["id"]: call["after"]["version"] for call in calls if call.get("after")}
    more: dict[str, Any] = {}
    inverses = (_inverse(call) for call in reversed(calls) if call["ok"])
    if undo := [
        {"name": one[0], "arguments": one[1], "version": versions.get(one[1]["task_id"])}
        for one in inverses
        if one is not None
    ]:
        more["undo"] = undo
    if any("key" in call and call["result"] == UNKNOWN for call in calls):
        more["undo_unknown"] = True
    return {**(memory or {}), **more} if more else memory


def _inverse(call: Recorded) -> tuple[str, dict[str, Any]] | None:
    """None of a call that changed nothing."""
    if call["name"] == "add_task":
        return "delete_task", {"task_id": call["result"]["task_id"]}
    before = call.get("before")
    if before is None:
        return None
    task = {"task_id": before["id"]}
    match call["name"]:
        case "complete_task":
            return None if before["completed"] else ("reopen_task", task)
        case "reopen_task":
            return ("complete_task", task) if before["completed"] else None
        case "delete_task":
            return "restore_task", task
        case "restore_task":
            return ("delete_task", task) if before["deleted"] else None
        case "update_task":
            return "update_task", {**task, **_earlier(before, call["arguments"])}
    return None


def _earlier(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        "title": before["title"],
        "description": before["description"],
        "priority": before["priority"],
        "tags": list(before["tags"]),
        "due_at": before["due_at"] or "",
    }
    return {name: value for name, value in values.items() if name in given}
