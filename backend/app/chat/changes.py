"""What calls of tools changed, in words: for the answer, and for the stored one of a turn that has none."""

from collections.abc import Sequence
from typing import Any

SENTENCES = {
    "add_task": "Added “{title}” as task {task_id}.",
    "complete_task": "Completed task {task_id}, “{title}”.",
    "delete_task": "Deleted task {task_id}, “{title}”.",
    "update_task": "Updated task {task_id}, “{title}”.",
}
"""By tool; those that only read have none."""


def told(tool: str, result: dict[str, Any]) -> str:
    """One sentence on a change that `result` reports."""
    return SENTENCES[tool].format(**result)


def unfinished(reason: str, calls: Sequence[dict[str, Any]]) -> str:
    """The reason, and the changes among `calls`: whoever reads on, a model too, must not make them twice."""
    done = [told(call["name"], call["result"]) for call in calls if call["ok"] and call["name"] in SENTENCES]
    return " ".join([reason, "Done until then:", *done]) if done else reason
