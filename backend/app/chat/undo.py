"""What takes a change back: the calls that a later "undo" makes."""

from collections.abc import Sequence
from typing import Any

from app.chat.protocol import Row, ToolCall, ToolOutcome

Change = tuple[ToolCall, ToolOutcome]


def undoing(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Name and arguments of the calls that take these changes back, the last one first; fit for JSON."""
    inverses = (_inverse(call, outcome) for call, outcome in reversed(changes) if outcome.ok)
    return [{"name": inverse[0], "arguments": inverse[1]} for inverse in inverses if inverse is not None]


def _inverse(call: ToolCall, outcome: ToolOutcome) -> tuple[str, dict[str, Any]] | None:
    """None of a call that changed nothing."""
    if call.name == "add_task":
        return "delete_task", {"task_id": outcome.result["task_id"]}
    before = outcome.before
    if before is None:
        return None
    task = {"task_id": before.id}
    match call.name:
        case "complete_task":
            return None if before.completed else ("reopen_task", task)
        case "reopen_task":
            return ("complete_task", task) if before.completed else None
        case "delete_task":
            return "restore_task", task
        case "restore_task":
            return ("delete_task", task) if before.deleted else None
        case "update_task":
            return "update_task", {**task, **_earlier(before, call.arguments or {})}
    return None


def _earlier(before: Row, given: dict[str, Any]) -> dict[str, Any]:
    values = {
        "title": before.title,
        "description": before.description,
        "priority": before.priority,
        "tags": list(before.tags),
        "due_at": before.due_at or "",
    }
    return {name: value for name, value in values.items() if name in given}
