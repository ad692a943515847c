"""The rule-based assistant: stands in for a model where no key is set, and says so."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.chat import answers
from app.chat.answers import Done
from app.chat.english.intents import (
    ASK_IF_TASK,
    ASK_LISTING,
    ASK_NUMBERS,
    ASK_ONE_NAME,
    ASK_TITLE,
    LOST_UNDO,
    NOTHING_TO_UNDO,
    UNCHANGED,
    Add,
    Change,
    Complete,
    Delete,
    Intent,
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
from app.chat.english.resolve import matching, placed
from app.chat.english.understand import read, read_title
from app.chat.policy import MAX_CALLS
from app.chat.protocol import Hear, Reply, ToolCall, ToolOutcome, ToolSpec, Turn

INTRODUCTION = "(I am the rule-based assistant.)"
HELP = (
    "I am a rule-based assistant and understand simple requests only, such as “Add a task to buy milk”, "
    "“What is pending?”, “Mark task 3 as complete”, “Rename task 3 to …” or “Delete the milk task”. "
    f"{UNCHANGED}"
)
WHICH = "Which one do you mean?"
THIS_ONE = "Do you mean this one?"

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
    intent = _with_numbers(_understand(message, before), before)
    done = _done(turns[asked_at + 1 :])
    reply = _undo(before, done) if isinstance(intent, Undo) else _step(intent, done)
    if reply.calls or any(turn.role == "assistant" for turn in before):
        return reply
    return replace(reply, content=f"{reply.content}\n\n{INTRODUCTION}")


def _understand(message: str, before: Sequence[Turn]) -> Intent:
    """An answer to a question of ours continues what the question was about."""
    intent = read(message)
    last = next((turn for turn in reversed(before) if turn.role == "assistant"), None)
    memory = (last and last.memory) or {}
    if memory.get("asks") == "title" and (isinstance(intent, Unknown) or intent == Unclear(ASK_IF_TASK)):
        return read_title(message)
    if memory.get("asks") == "which" and isinstance(intent, Unknown) and intent.about is not None:
        return _chosen(memory, intent.about)
    return intent


def _chosen(memory: dict[str, Any], answer: Target) -> Intent:
    """The earlier request, for those of the candidates that the answer means."""
    candidates = tuple(memory["shown"])
    target = replace(answer, among=candidates, exact=False)
    if answer.words.lower() in {"yes", "yes please", "that one", "this one"} and len(candidates) == 1:
        target = Target(ids=candidates)
    elif answer.position is not None or answer.shown:
        target = Target(ids=placed(answer, candidates))
    if not target.words and not (target.ids and set(target.ids) <= set(candidates)):
        return Unclear(f"That is none of those that I asked about. {UNCHANGED}")
    match memory["kind"]:
        case "complete":
            return Complete(target)
        case "reopen":
            return Reopen(target)
        case "delete":
            return Delete(target)
        case _:
            return Update(target, memory["title"], memory["description"], memory.get("priority"))


def _with_numbers(intent: Intent, before: Sequence[Turn]) -> Intent:
    """Places in the last listing turned into numbers."""
    if not isinstance(intent, Change) or not (intent.target.shown or intent.target.position is not None):
        return intent
    memories = (turn.memory for turn in reversed(before) if turn.memory)
    shown: list[int] = next((memory["shown"] for memory in memories if memory.get("shown")), [])
    ids = placed(intent.target, shown)
    return replace(intent, target=Target(ids=ids)) if ids else Unclear(ASK_LISTING)


def _step(intent: Add | Show | Search | Change | Unclear | Unknown, done: list[Done]) -> Reply:
    match intent:
        case Unknown():
            return Reply(HELP)
        case Unclear(question):
            return Reply(question, memory={"asks": "title"} if question == ASK_TITLE else None)
        case _ if any(call.name not in READING for call, _ in done):
            return answers.told(done)
        case Add(titles, description):
            more = {"description": description} if description else {}
            return _calls(*(("add_task", {"title": title, **more}) for title in titles))
        case Show(status):
            return answers.listing(status, done[0][1]) if done else _calls(("list_tasks", {"status": status}))
        case Search():
            given = {"words": intent.words, "tag": intent.tag, "priority": intent.priority}
            request = ("search_tasks", {name: value for name, value in given.items() if value})
            return answers.found(intent, done[0][1]) if done else _calls(request)
        case Complete(target) | Reopen(target) | Delete(target) | Restore(target) | Update(target):
            if isinstance(intent, Update) and intent.more_tags:
                return _tag(intent, done)
            if target.ids:
                return _change(intent, target.ids)
            if not done:
                return _calls(("list_tasks", {"status": "all"}))
            return _choose(intent, target, done[0][1])


def _choose(intent: Change, target: Target, listed: ToolOutcome) -> Reply:
    """The tasks that the words fit; a question where that is not certain."""
    if not listed.ok:
        return Reply(answers.refusal(listed))
    tasks, total = answers.tasks(listed), answers.total(listed)
    part = f" I searched only the newest {len(tasks)} of your {total} tasks." if total > len(tasks) else ""
    found, perhaps = matching(target, tasks)
    if isinstance(intent, Complete) and found:
        still_open = [task for task in found if not task["completed"]]
        if not still_open:
            return Reply(f"Already completed:\n{answers.lines(found)}")
        found = still_open
    if isinstance(intent, Reopen) and found:
        completed = [task for task in found if task["completed"]]
        if not completed:
            return Reply(f"Not completed anyway:\n{answers.lines(found)}")
        found = completed
    if found and not part and (len(found) == 1 or target.every):
        return _change(intent, tuple(task["id"] for task in found))
    if target.every:
        nothing = "You have no such tasks."
        return Reply(f"{nothing if not found else 'Give me their numbers.'}{part} {UNCHANGED}")
    if candidates := found or perhaps:
        question = WHICH if len(candidates) > 1 else THIS_ONE
        words = f"{question}{part} Tell me its number; I have changed nothing.\n{answers.lines(candidates)}"
        return Reply(words, memory=_memory(intent, candidates))
    still_open = [task for task in tasks if not task["completed"]]
    hint = f" Your open tasks:\n{answers.lines(still_open)}" if still_open else " You have no open tasks."
    return Reply(f"I found no task that fits “{target.words}”; I have changed nothing.{part or hint}")


def _memory(intent: Change, candidates: Sequence[Any]) -> dict[str, Any]:
    kind = type(intent).__name__.lower()
    named: dict[str, Any] = {}
    if isinstance(intent, Update):
        named = {"title": intent.title, "description": intent.description, "priority": intent.priority}
    return {"asks": "which", "kind": kind, "shown": [task["id"] for task in candidates], **named}


def _change(intent: Change, ids: Sequence[int]) -> Reply:
    if isinstance(intent, Update) and intent.title is not None and len(ids) > 1:
        return Reply(ASK_ONE_NAME)
    if len(ids) >= MAX_CALLS:
        return Reply(f"That is {len(ids)} tasks, and I change fewer than {MAX_CALLS} in one go. {UNCHANGED}")
    return _calls(*(_mutation(intent, task_id) for task_id in ids))


def _mutation(intent: Change, task_id: int) -> tuple[str, dict[str, Any]]:
    if not isinstance(intent, Update):
        return TOOLS[type(intent)], {"task_id": task_id}
    changes = {"title": intent.title, "description": intent.description, "priority": intent.priority}
    return "update_task", {"task_id": task_id, **{k: v for k, v in changes.items() if v is not None}}


def _undo(before: Sequence[Turn], done: list[Done]) -> Reply:
    """Take back what the last answer did that did anything."""
    if done:
        return answers.told(done)
    last = _last_change(before)
    if last is None:
        return Reply(NOTHING_TO_UNDO)
    if last.get("undo_unknown"):
        return Reply(LOST_UNDO)
    # What 0.1.0 stored has no version.
    wanted = [(call["name"], call["arguments"], call.get("version")) for call in last["undo"]]
    return Reply(calls=tuple(ToolCall(f"undo-{n}", *one) for n, one in enumerate(wanted)))


def takes_back(message: str, before: Sequence[Turn]) -> bool:
    """Whether this is an "undo" that the rules know more of than a model, which is not told of memories."""
    return isinstance(read(message), Undo) and _last_change(before) is not None


def _last_change(before: Sequence[Turn]) -> dict[str, Any] | None:
    """The memory of the last answer that changed anything, or perhaps did."""
    memories = (turn.memory for turn in reversed(before) if turn.memory)
    return next((memory for memory in memories if memory.get("undo") or memory.get("undo_unknown")), None)


def _tag(intent: Update, done: list[Done]) -> Reply:
    """All tags are set at once, so those that a task has must be known."""
    if not intent.target.ids:
        return Reply(ASK_NUMBERS)
    if not done:
        return _calls(("list_tasks", {"status": "all"}))
    if not done[0][1].ok:
        return Reply(answers.refusal(done[0][1]))
    had = {task["id"]: task.get("tags", []) for task in answers.tasks(done[0][1])}
    if missing := [number for number in intent.target.ids if number not in had]:
        return Reply(f"I find no task {missing[0]} among the newest {len(had)}. {UNCHANGED}")
    return _calls(
        *(
            ("update_task", {"task_id": number, "tags": [*dict.fromkeys([*had[number], *intent.more_tags])]})
            for number in intent.target.ids
        )
    )


def _calls(*wanted: tuple[str, dict[str, Any]]) -> Reply:
    return Reply(
        calls=tuple(ToolCall(f"{name}-{n}", name, arguments) for n, (name, arguments) in enumerate(wanted))
    )


def _done(turns: Sequence[Turn]) -> list[Done]:
    calls = {call.id: call for turn in turns for call in turn.calls}
    return [(calls[turn.answers], turn.outcome) for turn in turns if turn.answers and turn.outcome]
