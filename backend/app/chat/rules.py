"""The rule-based assistant: stands in for a model where no key is set, and says so."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.chat.changes import sentence
from app.chat.english.intents import (
    ASK_IF_TASK,
    ASK_LISTING,
    ASK_ONE_NAME,
    ASK_TITLE,
    UNCHANGED,
    Add,
    Change,
    Complete,
    Delete,
    Intent,
    Show,
    Target,
    Unclear,
    Unknown,
    Update,
)
from app.chat.english.resolve import matching, placed
from app.chat.english.understand import read, read_title
from app.chat.policy import MAX_CALLS
from app.chat.protocol import Reply, ToolCall, ToolOutcome, ToolSpec, Turn

INTRODUCTION = "(I am the rule-based assistant: no model is configured here.)"
HELP = (
    "I am a rule-based assistant and understand simple requests only, such as “Add a task to buy milk”, "
    "“What is pending?”, “Mark task 3 as complete”, “Rename task 3 to …” or “Delete the milk task”. "
    f"{UNCHANGED}"
)
WHICH = "Which one do you mean?"
THIS_ONE = "Do you mean this one?"

Done = tuple[ToolCall, ToolOutcome]


class RuleBased:
    name = "rule-based"

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec]) -> Reply:
        return plan(turns)


def plan(turns: Sequence[Turn]) -> Reply:
    """The next step of a turn, from its messages alone: calls to make, or the final words."""
    asked_at = max(index for index, turn in enumerate(turns) if turn.role == "user")
    before, message = turns[:asked_at], turns[asked_at].content
    intent = _with_numbers(_understand(message, before), before)
    reply = _step(intent, _done(turns[asked_at + 1 :]))
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
        case "delete":
            return Delete(target)
        case _:
            return Update(target, memory["title"], memory["description"])


def _with_numbers(intent: Intent, before: Sequence[Turn]) -> Intent:
    """Places in the last listing turned into numbers."""
    if not isinstance(intent, Change) or not (intent.target.shown or intent.target.position is not None):
        return intent
    memories = (turn.memory for turn in reversed(before) if turn.memory)
    shown: list[int] = next((memory["shown"] for memory in memories if memory.get("shown")), [])
    ids = placed(intent.target, shown)
    return replace(intent, target=Target(ids=ids)) if ids else Unclear(ASK_LISTING)


def _step(intent: Intent, done: list[Done]) -> Reply:
    match intent:
        case Unknown():
            return Reply(HELP)
        case Unclear(question):
            return Reply(question, memory={"asks": "title"} if question == ASK_TITLE else None)
        case _ if any(call.name != "list_tasks" for call, _ in done):
            return Reply("\n".join(filter(None, (sentence(call, outcome) for call, outcome in done))))
        case Add(titles, description):
            more = {"description": description} if description else {}
            return _calls(*(("add_task", {"title": title, **more}) for title in titles))
        case Show(status):
            return _listing(status, done[0][1]) if done else _calls(("list_tasks", {"status": status}))
        case Complete(target) | Delete(target) | Update(target):
            if target.ids:
                return _change(intent, target.ids)
            if not done:
                return _calls(("list_tasks", {"status": "all"}))
            return _choose(intent, target, done[0][1])


def _choose(intent: Change, target: Target, listed: ToolOutcome) -> Reply:
    """The tasks that the words fit; a question where that is not certain."""
    if not listed.ok:
        return Reply(_refusal(listed))
    tasks, total = _tasks(listed), _total(listed)
    part = f" I searched only the newest {len(tasks)} of your {total} tasks." if total > len(tasks) else ""
    found, perhaps = matching(target, tasks)
    if isinstance(intent, Complete) and found:
        still_open = [task for task in found if not task["completed"]]
        if not still_open:
            return Reply(f"Already completed:\n{_lines(found)}")
        found = still_open
    if found and not part and (len(found) == 1 or target.every):
        return _change(intent, tuple(task["id"] for task in found))
    if target.every:
        nothing = "You have no such tasks."
        return Reply(f"{nothing if not found else 'Give me their numbers.'}{part} {UNCHANGED}")
    if candidates := found or perhaps:
        question = WHICH if len(candidates) > 1 else THIS_ONE
        words = f"{question}{part} Tell me its number; I have changed nothing.\n{_lines(candidates)}"
        return Reply(words, memory=_memory(intent, candidates))
    still_open = [task for task in tasks if not task["completed"]]
    hint = f" Your open tasks:\n{_lines(still_open)}" if still_open else " You have no open tasks."
    return Reply(f"I found no task that fits “{target.words}”; I have changed nothing.{part or hint}")


def _memory(intent: Change, candidates: Sequence[Any]) -> dict[str, Any]:
    kind = type(intent).__name__.lower()
    named = {"title": intent.title, "description": intent.description} if isinstance(intent, Update) else {}
    return {"asks": "which", "kind": kind, "shown": [task["id"] for task in candidates], **named}


def _change(intent: Change, ids: Sequence[int]) -> Reply:
    if isinstance(intent, Update) and len(ids) > 1:
        return Reply(ASK_ONE_NAME)
    if len(ids) >= MAX_CALLS:
        return Reply(f"That is {len(ids)} tasks, and I change fewer than {MAX_CALLS} in one go. {UNCHANGED}")
    return _calls(*(_mutation(intent, task_id) for task_id in ids))


def _mutation(intent: Change, task_id: int) -> tuple[str, dict[str, Any]]:
    if isinstance(intent, Complete):
        return "complete_task", {"task_id": task_id}
    if isinstance(intent, Delete):
        return "delete_task", {"task_id": task_id}
    changes = {"title": intent.title, "description": intent.description}
    return "update_task", {"task_id": task_id, **{k: v for k, v in changes.items() if v is not None}}


def _calls(*wanted: tuple[str, dict[str, Any]]) -> Reply:
    return Reply(
        calls=tuple(ToolCall(f"{name}-{n}", name, arguments) for n, (name, arguments) in enumerate(wanted))
    )


def _done(turns: Sequence[Turn]) -> list[Done]:
    calls = {call.id: call for turn in turns for call in turn.calls}
    return [(calls[turn.answers], turn.outcome) for turn in turns if turn.answers and turn.outcome]


def _refusal(outcome: ToolOutcome) -> str:
    return f"That did not work. {outcome.result}"


def _listing(status: str, outcome: ToolOutcome) -> Reply:
    if not outcome.ok:
        return Reply(_refusal(outcome))
    tasks = _tasks(outcome)
    kind, total = "" if status == "all" else f"{status} ", _total(outcome)
    if not tasks:
        return Reply(f"You have no {kind}tasks.")
    part = f", the newest {len(tasks)} of them" if total > len(tasks) else ""
    words = f"You have {total} {kind}{'task' if total == 1 else 'tasks'}{part}:\n{_lines(tasks)}"
    return Reply(words, memory={"shown": [task["id"] for task in tasks]})


def _total(outcome: ToolOutcome) -> int:
    """How many tasks there are; those listed may be a part."""
    total: int = outcome.result.get("total", len(_tasks(outcome)))
    return total


def _tasks(outcome: ToolOutcome) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = outcome.result["tasks"]
    return tasks


def _lines(tasks: Sequence[Any]) -> str:
    return "\n".join(
        f"- {task['id']}: {task['title']}{' (done)' if task['completed'] else ''}" for task in tasks
    )
