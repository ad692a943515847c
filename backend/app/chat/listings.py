"""How much of a list of tasks an answer shows, and a stored call keeps."""

from typing import Any

SHOWN = 50
"""Tasks of a list, of which the answer tells how many there are."""


def in_short(result: Any) -> Any:
    """The result of a tool as it is stored and shown: of a list its first tasks, without descriptions.

    A conversation is read again with all of its calls, as often as somebody opens it.
    """
    if not isinstance(result, dict) or not isinstance(result.get("tasks"), list):
        return result
    tasks = [
        {name: value for name, value in task.items() if name != "description"}
        for task in result["tasks"][:SHOWN]
        if isinstance(task, dict)
    ]
    return {**result, "tasks": tasks}
