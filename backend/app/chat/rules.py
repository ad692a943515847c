"""The rule-based assistant: stands in for a model where no key is set, and says so."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.chat.changes import told
from app.chat.intents import ASK_TITLE, Add, Complete, Delete, Intent, Show, Target, Unclear, Unknown, Update
from app.chat.protocol import Reply, ToolCall, ToolOutcome, ToolSpec, Turn
from app.chat.utterance import read, read_numbers

INTRODUCTION = "(I am the rule-based assistant: no model is configured here.)"
HELP = (
    "I am a rule-based assistant and understand simple requests only, such as “Add a task to buy milk”, "
    "“What is pending?”, “Mark task 3 as complete”, “Rename task 3 to …” or “Delete the milk task”."
)
WHICH = "Which one do you mean?"

Done = tuple[ToolCall, ToolOutcome]


class RuleBased:
    name = "rule-based"

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec]) -> Reply:
        return plan(turns)


def plan(turns: Sequence[Turn]) -> Reply:
    """The next step of a turn, from its messages alone: calls to make, or the final words."""
    asked_at = max(index for index, turn in enumerate(turns) if turn.role == "user")
    before, message = turns[:asked_at], turns[asked_at].content
    reply = _step(_understand(message, before), _done(turns[asked_at + 1 :]))
    if reply.calls or any(turn.role == "assistant" for turn in before):
        return reply
    return Reply(f"{reply.content}\n\n{INTRODUCTION}")


def _understand(message: str, before: Sequence[Turn]) -> Intent:
    """A short answer to a question of ours continues what the question was about."""
    intent = read(message)
    said = [turn for turn in before if turn.role in ("user", "assistant")]
    if not isinstance(intent, Unknown) or len(said) < 2 or said[-1].role != "assistant":
        return intent
    question, earlier = said[-1].content, read(said[-2].content)
    if question.startswith(ASK_TITLE):
        return read(f"Add a task: {message}")
    numbers = read_numbers(message)
    if numbers and question.startswith(WHICH) and isinstance(earlier, Complete | Delete | Update):
        return replace(earlier, target=Target(ids=numbers))
    return intent


def _step(intent: Intent, done: list[Done]) -> Reply:
    match intent:
        case Unknown():
            return Reply(HELP)
        case Unclear(question):
            return Reply(question)
        case _ if any(call.name != "list_tasks" for call, _ in done):
            return Reply(
                "\n".join(_told(call, outcome) for call, outcome in done if call.name != "list_tasks")
            )
        case Add(title, description):
            arguments = {"title": title, "description": description} if description else {"title": title}
            return _calls(("add_task", arguments))
        case Show(status):
            return Reply(_listing(status, done[0][1])) if done else _calls(("list_tasks", {"status": status}))
        case Complete(target) | Delete(target) | Update(target):
            if target.ids:
                return _calls(*(_mutation(intent, task_id) for task_id in target.ids))
            if not done:
                return _calls(("list_tasks", {"status": "all"}))
            return _choose(intent, target, done[0][1])


def _choose(intent: Complete | Delete | Update, target: Target, listed: ToolOutcome) -> Reply:
    """The one task that the words fit; a question where it is none or several."""
    if not listed.ok:
        return Reply(_refusal(listed))
    tasks = _tasks(listed)
    found, total = _matching(target, tasks), _total(listed)
    if isinstance(intent, Complete) and found:
        still_open = [task for task in found if not task["completed"]]
        if not still_open:
            return Reply(f"Already completed:\n{_lines(found)}")
        found = still_open
    part = f" I searched only the newest {len(tasks)} of your {total} tasks." if total > len(tasks) else ""
    if len(found) == 1 and not part:
        return _calls(_mutation(intent, found[0]["id"]))
    if found:
        return Reply(f"{WHICH}{part} Tell me its number; I have changed nothing.\n{_lines(found)}")
    still_open = [task for task in tasks if not task["completed"]]
    hint = f" Your open tasks:\n{_lines(still_open)}" if still_open else " You have no open tasks."
    return Reply(f"I found no task that fits “{target.words}”; I have changed nothing.{part or hint}")


def _matching(target: Target, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = _plain(target.words)
    exact = [task for task in tasks if _plain(task["title"]) == wanted]
    if exact or target.quoted:
        return exact
    words = _words(wanted) - {"the", "a", "an", "my", "about", "for", "of"}
    return [task for task in tasks if words and words <= _words(_plain(task["title"]))]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _mutation(intent: Complete | Delete | Update, task_id: int) -> tuple[str, dict[str, Any]]:
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


def _told(call: ToolCall, outcome: ToolOutcome) -> str:
    return told(call.name, outcome.result) if outcome.ok else _refusal(outcome)


def _refusal(outcome: ToolOutcome) -> str:
    return f"That did not work. {outcome.result}"


def _listing(status: str, outcome: ToolOutcome) -> str:
    if not outcome.ok:
        return _refusal(outcome)
    tasks = _tasks(outcome)
    kind, total = "" if status == "all" else f"{status} ", _total(outcome)
    if not tasks:
        return f"You have no {kind}tasks."
    part = f", the newest {len(tasks)} of them" if total > len(tasks) else ""
    return f"You have {total} {kind}{'task' if total == 1 else 'tasks'}{part}:\n{_lines(tasks)}"


def _total(outcome: ToolOutcome) -> int:
    """How many tasks there are; those listed may be a part."""
    total: int = outcome.result.get("total", len(_tasks(outcome)))
    return total


def _tasks(outcome: ToolOutcome) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = outcome.result["tasks"]
    return tasks


def _lines(tasks: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"- {task['id']}: {task['title']}{' (done)' if task['completed'] else ''}" for task in tasks
    )
