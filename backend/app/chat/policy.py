"""What an assistant may do without being asked again: decided here for every model, never by a prompt.

Reading runs, adding runs, and so does a change of one task that can be taken back, as a deletion can. Changes
of several tasks in one reply, of another task than the turn has changed before, of a task that has changed
since, and what cannot be taken back, are held until the user has approved exactly these calls.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.chat.changes import in_one_line
from app.chat.moments import MOMENTS, in_words
from app.chat.protocol import Row, ToolCall, ToolSpec

MAX_CALLS = 25
"""Calls a turn, those of an approval included."""

REVERSIBLE = {"update_task", "delete_task"}
"""Destructive as MCP has it, but not for good: the record of an update keeps the old words, and there is
restore_task."""

VERBS = {
    "complete_task": "Complete",
    "reopen_task": "Reopen",
    "delete_task": "Delete",
    "restore_task": "Restore",
}
FIELDS = {"due_at": "due date"}

Effect = Literal["reads", "adds", "changes", "destroys"]


@dataclass(frozen=True)
class Verdict:
    """The calls of one reply: those to make, those to refuse with these words, and those to ask about."""

    run: tuple[ToolCall, ...]
    refused: tuple[tuple[ToolCall, str], ...]
    held: tuple[ToolCall, ...]


def effect(spec: ToolSpec) -> Effect:
    if spec.read_only:
        return "reads"
    if spec.destructive and spec.name not in REVERSIBLE:
        return "destroys"
    return "changes" if "task_id" in spec.parameters.get("properties", {}) else "adds"


def task_id(call: ToolCall) -> int | None:
    """The task that a call names; None where it names none by a plain number."""
    value = (call.arguments or {}).get("task_id")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def judge(
    calls: Sequence[ToolCall],
    specs: Sequence[ToolSpec],
    rows: Mapping[int, Row],
    changed: Collection[int],
    done: Sequence[ToolCall] = (),
) -> Verdict:
    """Sort the calls of one reply.

    `rows` are the user's own tasks among those that the calls name, `changed` the tasks that the turn has
    changed so far, `done` the calls that have succeeded in it.
    """
    effects = {spec.name: effect(spec) for spec in specs}
    by_number = {spec.name for spec in specs if "task_id" in spec.parameters.get("properties", {})}
    run: list[ToolCall] = []
    refused: list[tuple[ToolCall, str]] = []
    changes: list[ToolCall] = []
    for index, call in enumerate(calls):
        restored = {task_id(earlier) for earlier in calls[:index] if earlier.name == "restore_task"}
        problem = _problem(call, effects, by_number, rows, restored)
        if problem is None and effects[call.name] != "reads" and _is_repeated(call, calls[:index]):
            problem = "The same is asked for already."
        if problem is None and effects[call.name] == "adds" and _is_repeated(call, done):
            problem = "The same is done already."
        if problem is not None:
            refused.append((call, problem))
        elif effects[call.name] in ("reads", "adds"):
            run.append(call)
        else:
            changes.append(call)
    touched = {*changed, *(task_id(call) for call in changes)}
    if len(touched) > 1 or any(
        effects[call.name] == "destroys" or is_outdated(call, rows) for call in changes
    ):
        return Verdict(tuple(run), tuple(refused), tuple(changes))
    return Verdict((*run, *changes), tuple(refused), ())


def is_outdated(call: ToolCall, rows: Mapping[int, Row]) -> bool:
    """Whether the task is not what the call is meant for."""
    row = rows.get(task_id(call) or 0)
    return row is not None and call.version not in (None, row.version)


def _is_repeated(call: ToolCall, earlier: Sequence[ToolCall]) -> bool:
    """Whether it was among these; of a task, whether the last one was the same: it may go back and forth."""
    number = task_id(call)
    if number is not None:
        earlier = [other for other in earlier if task_id(other) == number][-1:]
    return any((call.name, call.arguments) == (other.name, other.arguments) for other in earlier)


def _problem(
    call: ToolCall,
    effects: Mapping[str, Effect],
    by_number: Collection[str],
    rows: Mapping[int, Row],
    restored: Collection[int | None],
) -> str | None:
    if call.name not in effects:
        return f"There is no tool {call.name}."
    if call.arguments is None:
        return (
            f"The arguments of {call.name} must be one JSON object, without NaN, infinite numbers, "
            "NUL characters and lone surrogates."
        )
    if call.name not in by_number:
        return None
    number = task_id(call)
    if number is None:
        return f"{call.name} needs task_id, the number of one task."
    row = rows.get(number)
    is_there = row is not None and (not row.deleted or call.name == "restore_task" or number in restored)
    return None if is_there else f"No task {number} is on your list."


def describe(call: ToolCall, rows: Mapping[int, Row]) -> str:
    """What a held call would do, in one line, as a user reads it before saying yes."""
    return in_one_line(_described(call, rows))


def _described(call: ToolCall, rows: Mapping[int, Row]) -> str:
    number = task_id(call)
    row = rows.get(number) if number is not None else None
    arguments: dict[str, Any] = dict(call.arguments or {})
    if row is None:
        return f"{call.name} {arguments}" if arguments else call.name
    task = f"task {row.id}, “{row.title}”"
    if call.name in VERBS:
        return f"{VERBS[call.name]} {task}"
    del arguments["task_id"]
    if call.name == "update_task":
        new = [
            f"its {FIELDS.get(name, name)} to “{_shown(name, value)}”" for name, value in arguments.items()
        ]
        return f"Change {task}: {' and '.join(new) or 'nothing'}"
    return f"{call.name} on {task}" + (f" with {arguments}" if arguments else "")


def _shown(name: str, value: Any) -> str:
    if name in MOMENTS:
        return in_words(value) if isinstance(value, str) and value else "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
