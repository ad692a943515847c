"""The words of the rule-based assistant's answers on what tools gave."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from app.chat.changes import in_one_line, sentence
from app.chat.english.intents import Search
from app.chat.listings import SHOWN
from app.chat.moments import in_words
from app.chat.protocol import Reply, ToolCall, ToolOutcome

Done = tuple[ToolCall, ToolOutcome]


def told(done: Sequence[Done], zone: tzinfo | None) -> Reply:
    return Reply("\n".join(filter(None, (sentence(call, outcome, zone) for call, outcome in done))))


def found(search: Search, outcome: ToolOutcome, zone: tzinfo | None) -> Reply:
    if not outcome.ok:
        return shown(refusal(outcome), [])
    listed, count = tasks(outcome), total(outcome)
    facts = (search.priority and f"{search.priority} priority", search.tag and f"#{search.tag}")
    kind = ", ".join(filter(None, (*facts, search.words, search.due)))
    of_status = "" if search.status == "all" else f"{search.status} "
    if not listed:
        return shown(f"No {of_status}task {f'is {kind}' if kind == search.due else f'fits “{kind}”'}.", [])
    listed = listed[:SHOWN]
    order = "next" if search.due else "newest"
    part = f", the {order} {len(listed)} of them" if count > len(listed) else ""
    nouns = f"{count} {of_status}{'task' if count == 1 else 'tasks'}"
    return shown(f"Found {nouns} for “{kind}”{part}:\n{lines(listed, zone)}", listed)


def listing(status: str, outcome: ToolOutcome, zone: tzinfo | None) -> Reply:
    if not outcome.ok:
        return shown(refusal(outcome), [])
    listed, count = tasks(outcome), total(outcome)
    kind = "" if status == "all" else f"{status} "
    if not listed:
        return shown(f"You have no {kind}tasks.", [])
    listed = listed[:SHOWN]
    part = f", the newest {len(listed)} of them" if count > len(listed) else ""
    words = f"You have {count} {kind}{'task' if count == 1 else 'tasks'}{part}:\n{lines(listed, zone)}"
    return shown(words, listed)


def numbered(ids: Sequence[int], outcome: ToolOutcome, zone: tzinfo | None) -> Reply:
    if not outcome.ok:
        return shown(refusal(outcome), [])
    listed = {task["id"]: task for task in tasks(outcome)}
    if missing := [number for number in ids if number not in listed]:
        return shown(unknown(missing[0], len(listed)), [])
    wanted = [listed[number] for number in ids]
    words = lines(wanted, zone, described=True)
    return shown(f"Here {'it is' if len(wanted) == 1 else 'they are'}:\n{words}", wanted)


def shown(words: str, listed: Sequence[Any]) -> Reply:
    """Words that show these tasks: "the first one" and "them" mean these from now on; none of an earlier list
    where these are none."""
    return Reply(words, memory={"shown": [task["id"] for task in listed[:SHOWN]]})


def already(words: str, listed: Sequence[Any]) -> Reply:
    """Words that show tasks which are as they were to be made: nothing is left to do, or to take back."""
    reply = shown(words, listed)
    return replace(reply, memory={**(reply.memory or {}), "undo": []})


def refusal(outcome: ToolOutcome) -> str:
    return in_one_line(f"That did not work. {outcome.result}")


def unknown(number: int, listed: int) -> str:
    return f"I find no task {number} among the newest {listed}."


def total(outcome: ToolOutcome) -> int:
    """How many tasks there are; those listed may be a part."""
    count: int = outcome.result.get("total", len(tasks(outcome)))
    return count


def tasks(outcome: ToolOutcome) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = outcome.result["tasks"]
    return listed


def lines(listed: Sequence[Any], zone: tzinfo | None, *, described: bool = False) -> str:
    """A line for each of the first tasks, with its description below if wanted; due dates in that zone."""
    more = [f"… and {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []
    return "\n".join([*(_line(task, zone, described) for task in listed[:SHOWN]), *more])


def _line(task: Any, zone: tzinfo | None, described: bool) -> str:
    marks = [f"{task['priority']} priority"] if task.get("priority", "none") != "none" else []
    marks += [f"#{tag}" for tag in task.get("tags", [])]
    marks += [f"due {in_words(task['due_at'], zone)}"] if task.get("due_at") else []
    marks += ["done"] if task["completed"] else []
    line = f"- {task['id']}: {in_one_line(task['title'])}" + (f" ({', '.join(marks)})" if marks else "")
    below = task.get("description", "").splitlines() if described else []
    return "\n  ".join([line, *below])
