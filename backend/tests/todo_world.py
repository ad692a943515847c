"""The to-do list of the corpus in memory, and the loop that a model works through on it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import anyio

from app.chat.assistant import Answer, Models, answer
from app.chat.events import nobody
from app.chat.protocol import Model, Row, ToolCall, ToolOutcome, ToolSpec, Turn
from app.chat.rules import RuleBased
from app.chat.undo import with_undo

TITLES = [
    "Buy milk",
    "Team meeting",
    "Meeting notes",
    "Write first draft",
    "Watch The Last of Us",
    "Send report by Friday",
    "Call mom",
    "Drop the kids at school",
    "Cancel Netflix subscription",
    "Write blog post",
    "Write task list",
    "Send thank you card",
]
VERBS = {
    "complete_task": "complete",
    "reopen_task": "reopen",
    "delete_task": "delete",
    "restore_task": "restore",
}
STATUS = {"all": (True, False), "pending": (False,), "completed": (True,)}
NOW = datetime(2026, 11, 25, 10, tzinfo=ZoneInfo("Europe/Berlin"))
BY_NUMBER = {"properties": {"task_id": {"type": "integer"}}}


@dataclass
class World:
    """`changes` is what was done, as the corpus writes it. Titles are numbered from 1; 7 is completed."""

    tasks: dict[int, dict[str, Any]] = field(
        default_factory=lambda: {
            number: new_task(number, title, completed=number == 7) for number, title in enumerate(TITLES, 1)
        }
    )
    deleted: dict[int, dict[str, Any]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    specs: Sequence[ToolSpec] = (
        ToolSpec("list_tasks", "", {}, read_only=True, destructive=False),
        ToolSpec("add_task", "", {}, destructive=False),
        ToolSpec("search_tasks", "", {}, read_only=True, destructive=False),
        ToolSpec("complete_task", "", BY_NUMBER, destructive=False),
        ToolSpec("reopen_task", "", BY_NUMBER, destructive=False),
        ToolSpec("restore_task", "", BY_NUMBER, destructive=False),
        ToolSpec("update_task", "", BY_NUMBER),
        ToolSpec("delete_task", "", BY_NUMBER),
    )

    async def call(self, call: ToolCall, key: str | None = None) -> ToolOutcome:
        arguments = call.arguments or {}
        if call.name == "list_tasks":
            self.shown.append(arguments["status"])
            wanted = STATUS[arguments["status"]]
            tasks = [task for task in reversed(self.tasks.values()) if task["completed"] in wanted]
            return ToolOutcome({"tasks": tasks, "total": len(tasks)}, ok=True)
        if call.name == "search_tasks":
            self.shown.append(_search(arguments))
            words, wanted = arguments.get("words", "").lower(), STATUS[arguments.get("status", "all")]
            tasks = [
                task
                for task in self.tasks.values()
                if words in task["title"].lower() and task["completed"] in wanted
            ]
            if arguments.keys() & {"due_after", "due_before"}:
                tasks = [task for task in tasks if _is_between(task["due_at"], arguments)]
            return ToolOutcome({"tasks": tasks, "total": len(tasks)}, ok=True)
        self.changes.append(written(call))
        number = arguments.get("task_id", max(self.tasks) + 1)
        if call.name == "restore_task" and number in self.deleted:
            self.tasks[number] = self.deleted.pop(number)
        task = self.tasks.setdefault(number, new_task(number, ""))
        task.update({name: value for name, value in arguments.items() if name != "task_id"})
        if call.name in ("complete_task", "reopen_task"):
            task["completed"] = call.name == "complete_task"
        if call.name == "delete_task":
            self.deleted[number] = self.tasks.pop(number)
        return ToolOutcome({"task_id": number, "title": task["title"]}, ok=True)

    async def rows(self, ids: Set[int]) -> Mapping[int, Row]:
        return {
            number: Row(
                number,
                rows[number]["title"],
                rows[number]["description"],
                "1",
                completed=rows[number]["completed"],
                priority=rows[number]["priority"],
                tags=tuple(rows[number]["tags"]),
                due_at=rows[number]["due_at"] or None,
                deleted=rows is self.deleted,
            )
            for rows in (self.deleted, self.tasks)
            for number in ids & rows.keys()
        }

    @property
    def has_changes(self) -> bool:
        return bool(self.changes)

    async def intend(self, call: ToolCall, before: Row | None) -> str:
        entry = {"name": call.name, "arguments": call.arguments, "result": None, "ok": False}
        self.calls.append({**entry, "before": asdict(before) if before else None})
        return str(len(self.calls) - 1)

    async def resolve(self, key: str, outcome: ToolOutcome) -> None:
        self.calls[int(key)].update(result=outcome.result, ok=outcome.ok)

    async def note(self, call: ToolCall, outcome: ToolOutcome) -> None: ...

    def say(self, *messages: str, model: Model | None = None) -> Answer:
        """The answer to the last message of a conversation; `changes` has only what that one did."""
        turns: list[Turn] = []
        answered = Answer("")
        for message in messages:
            self.changes, self.shown, self.calls = [], [], []
            turns.append(Turn("user", message, at=NOW))
            answered = anyio.run(answer, Models(model or RuleBased()), self, turns, self, nobody)
            memory = with_undo(answered.memory, self.calls)
            turns.append(Turn("assistant", answered.words, memory=memory))
        return answered

    def outcome(self, *messages: str) -> str:
        """What happened, in the words of the corpus."""
        answered = self.say(*messages)
        assert answered.words
        if answered.proposal is not None:
            assert not self.changes
            return f"approval: {', '.join(written(call) for call in answered.proposal.calls)}"
        added = [change.removeprefix("add: ") for change in self.changes if change.startswith("add: ")]
        if added and len(added) == len(self.changes):
            return f"add: {' + '.join(added)}"
        if self.changes:
            return ", ".join(self.changes)
        if answered.words.startswith("Here"):
            return f"show task {' '.join(map(str, (answered.memory or {})['shown']))}"
        listed = answered.words.startswith(("You have", "Found", "No task is"))
        return f"show {self.shown[-1]}" if self.shown and listed else "nothing"


def new_task(number: int, title: str, *, completed: bool = False) -> dict[str, Any]:
    return {
        "id": number,
        "title": title,
        "description": "",
        "completed": completed,
        "priority": "none",
        "tags": [],
        "due_at": None,
    }


def written(call: ToolCall) -> str:
    arguments = call.arguments or {}
    match call.name:
        case "add_task":
            return f"add: {arguments['title']}{_facts(arguments)}"
        case name if name in VERBS:
            return f"{VERBS[name]} {arguments['task_id']}"
        case _ if "due_at" in arguments:
            return f"due {arguments['task_id']}: {_moment(arguments['due_at'])}"
        case _ if "priority" in arguments:
            return f"prioritize {arguments['task_id']}: {arguments['priority']}"
        case _ if "tags" in arguments:
            return f"tag {arguments['task_id']}: {' '.join(arguments['tags']) or 'none'}"
        case _ if "title" in arguments:
            return f"rename {arguments['task_id']}: {arguments['title']}"
        case _:
            return f"describe {arguments['task_id']}: {arguments['description']}"


def _is_between(due_at: str | None, ends: Mapping[str, Any]) -> bool:
    if not due_at:
        return False
    moment = datetime.fromisoformat(due_at)
    after, before = (ends.get(name) for name in ("due_after", "due_before"))
    return (not after or moment >= datetime.fromisoformat(after)) and (
        not before or moment < datetime.fromisoformat(before)
    )


def _facts(arguments: Mapping[str, Any]) -> str:
    facts = [f"due {_moment(arguments['due_at'])}"] if "due_at" in arguments else []
    facts += [arguments["priority"]] if "priority" in arguments else []
    facts += [f"#{tag}" for tag in arguments.get("tags", [])]
    return f" [{', '.join(facts)}]" if facts else ""


def _moment(text: str) -> str:
    if not text:
        return "none"
    moment = datetime.fromisoformat(text)
    assert moment == moment.replace(tzinfo=NOW.tzinfo)
    return f"{moment:%Y-%m-%d}" if (moment.hour, moment.minute) == (23, 59) else f"{moment:%Y-%m-%d %H:%M}"


def _search(arguments: Mapping[str, Any]) -> str:
    """With its status only where that is not the usual one."""
    ends = [arguments.get(name) for name in ("due_after", "due_before")]
    due = [f"{datetime.fromisoformat(end):%Y-%m-%d %H:%M}" if end else "-" for end in ends]
    usual = "pending" if any(ends) else "all"
    parts = [] if (status := arguments.get("status", "all")) == usual else [status]
    parts += [f"{name} {arguments[name]}" for name in ("words", "tag", "priority") if name in arguments]
    return " ".join([*parts, *(["due", *due] if any(ends) else [])])
