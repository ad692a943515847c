"""What a message means after those before it: answers to our questions, places in the last listing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.chat.english.agreement import agrees, said_in
from app.chat.english.courtesy import read_courtesy
from app.chat.english.intents import (
    ASK_ADDED,
    ASK_IF_TASK,
    ASK_LISTING,
    ASK_WHICH,
    ASK_WHOSE_DATE,
    UNCHANGED,
    Change,
    Complete,
    Delete,
    Intent,
    Reopen,
    Target,
    Unclear,
    Undo,
    Unknown,
    Update,
)
from app.chat.english.resolve import placed
from app.chat.english.understand import read, read_choice, read_title
from app.chat.protocol import Turn


def understand(message: str, before: Sequence[Turn], now: datetime) -> Intent:
    """What the message asks for; an answer to a question of ours continues what the question was about."""
    return _with_numbers(_read(message, before, now), before)


def _read(message: str, before: Sequence[Turn], now: datetime) -> Intent:
    if read_courtesy(message):
        return Unknown()
    intent = read(message, now)
    last = next((turn for turn in reversed(before) if turn.role == "assistant"), None)
    memory = (last and last.memory) or {}
    if memory.get("asks") == "title" and _may_be_title(intent):
        return read_title(message)
    if memory.get("asks") == "which":
        if len(memory["shown"]) == 1 and agrees(said_in(message), {"is", "one"}):
            return _chosen(memory, Target(ids=tuple(memory["shown"])))
        if isinstance(intent, Unknown) and intent.about is not None:
            return _chosen(memory, intent.about)
    if memory.get("asks") == "target" and isinstance(intent, Unknown):
        choice = read_choice(message)
        return _remembered(memory, choice) if choice else intent
    return intent


def _may_be_title(intent: Intent) -> bool:
    """Whether the answer to the question for a title is one: "Complete the report", not "delete task 3"."""
    if isinstance(intent, Change):
        return not intent.target.is_certain
    return isinstance(intent, Unknown) or intent == Unclear(ASK_IF_TASK)


def _chosen(memory: dict[str, Any], answer: Target) -> Intent:
    """The earlier request, for those of the candidates that the answer means."""
    candidates = tuple(memory["shown"])
    target = replace(answer, among=candidates, exact=False)
    if answer.position is not None or answer.shown:
        target = Target(ids=placed(answer, candidates))
    if not target.words and not (target.ids and set(target.ids) <= set(candidates)):
        return Unclear(f"That is none of those that I asked about. {UNCHANGED}")
    return _remembered(memory, target)


def _remembered(memory: dict[str, Any], target: Target) -> Change:
    """The earlier request, for this target."""
    match memory["kind"]:
        case "complete":
            return Complete(target)
        case "reopen":
            return Reopen(target)
        case "delete":
            return Delete(target)
        case _:
            return Update(
                target,
                title=memory["title"],
                description=memory["description"],
                priority=memory.get("priority"),
                more_tags=tuple(memory.get("more_tags", ())),
                due_at=memory.get("due_at"),
            )


def _with_numbers(intent: Intent, before: Sequence[Turn]) -> Intent:
    """Places in the last listing, and the task of the last answer, turned into numbers."""
    if isinstance(intent, Change) and intent.target.latest:
        if latest := _latest(before, only_added=isinstance(intent, Delete)):
            return replace(intent, target=Target(ids=(latest,)))
        dated = isinstance(intent, Update) and intent.due_at is not None
        return Unclear(ASK_WHOSE_DATE if dated else ASK_WHICH, intent)
    if not isinstance(intent, Change) or not (intent.target.shown or intent.target.position is not None):
        return intent
    shown, added = _listed(before)
    ids = placed(intent.target, shown)
    if ids and added:
        return Unclear(ASK_ADDED)
    return replace(intent, target=Target(ids=ids)) if ids else Unclear(ASK_LISTING)


def _listed(before: Sequence[Turn]) -> tuple[list[int], bool]:
    """The tasks of the last listing, which may have been empty, and whether others were added since."""
    undone: list[int] = []
    for memory in (turn.memory for turn in reversed(before) if turn.memory):
        if "shown" in memory:
            shown: list[int] = memory["shown"]
            return shown, any(task not in shown for task in undone)
        # What takes an addition back is a deletion.
        undone += [
            call["arguments"]["task_id"] for call in memory.get("undo", []) if call["name"] == "delete_task"
        ]
    return [], False


def _latest(before: Sequence[Turn], *, only_added: bool) -> int | None:
    """The one task that the last answer added or changed, unless it deleted it.

    "Remove it" after a change may be about what was changed: a date, a tag.
    """
    last = next((turn for turn in reversed(before) if turn.role == "assistant"), None)
    undo = ((last and last.memory) or {}).get("undo", [])
    if len(undo) != 1 or undo[0]["name"] == "restore_task":
        return None
    if only_added and undo[0]["name"] != "delete_task":
        return None
    number: int = undo[0]["arguments"]["task_id"]
    return number


def question_memory(intent: Change, candidates: Sequence[Any] | None = None) -> dict[str, Any]:
    """What the question which task is meant is about; `candidates` are those that it shows, if it does."""
    kind = type(intent).__name__.lower()
    named: dict[str, Any] = {}
    if isinstance(intent, Update):
        named = {**set_as_given(intent), "more_tags": list(intent.more_tags)}
    if candidates is None:
        return {"asks": "target", "kind": kind, **named}
    return {"asks": "which", "kind": kind, "shown": [task["id"] for task in candidates], **named}


def set_as_given(intent: Update) -> dict[str, str | None]:
    """What is to be set as it is."""
    return {
        "title": intent.title,
        "description": intent.description,
        "priority": intent.priority,
        "due_at": intent.due_at,
    }


def asks_to_undo(message: str) -> bool:
    return isinstance(read(message, datetime.now(UTC)), Undo)


def last_change(before: Sequence[Turn]) -> dict[str, Any] | None:
    """The memory of the last answer that tried to change anything: it did, perhaps did, or found it so."""
    memories = (turn.memory for turn in reversed(before) if turn.memory)
    return next((memory for memory in memories if "undo" in memory or memory.get("undo_unknown")), None)
