"""The stored side of a turn: the user's tasks as they are, and the assistant's message with all that it did.

The message exists from the first call on and names each change before it is made, so that no end of the
process and no lost answer hides one.
"""

import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio

from app.chat import approvals, store
from app.chat.assistant import Answer
from app.chat.changes import UNKNOWN, unfinished
from app.chat.events import Event, Tell, nobody
from app.chat.listings import in_short
from app.chat.model import Approval, Conversation, Message
from app.chat.protocol import Row, ToolCall, ToolOutcome
from app.chat.undo import with_undo
from app.db import Sessions
from app.tasks import service
from app.tasks.model import DeletedTask, Task

UNFINISHED = "I have not finished this."
STORE_TIME = timedelta(seconds=5)
"""An answer is stored so long after the end of its budget at the latest."""


class StoredLedger:
    """The assistant's Ledger. `calls` is what was done so far, in order."""

    def __init__(
        self,
        sessions: Sessions,
        conversation: Conversation,
        history: Sequence[Message],
        answered_by: str,
        tell: Tell = nobody,
    ) -> None:
        self.calls: list[dict[str, Any]] = []
        self._sessions = sessions
        self._conversation = conversation
        self._answered_by = answered_by
        self._message_id: int | None = None
        self._unresolved = unresolved(history)
        self._tell = tell

    @property
    def has_changes(self) -> bool:
        return any("key" in call for call in self.calls)

    async def rows(self, ids: Set[int]) -> Mapping[int, Row]:
        if not ids:
            return {}
        with anyio.CancelScope(shield=True):
            async with self._sessions.begin() as session:
                tasks = await service.get_several(session, self._conversation.user_id, ids)
        return {task.id: _row(task) for task in tasks}

    async def intend(self, call: ToolCall, before: Row | None) -> str:
        key = self._key(call)
        entry = {**_entry(call, ToolOutcome(UNKNOWN, ok=False)), "key": key}
        self.calls.append(entry if before is None else {**entry, "before": asdict(before)})
        await self._save(unfinished(UNFINISHED, self.calls))
        await self._tell_call(entry)
        return key

    async def resolve(self, key: str, outcome: ToolOutcome) -> None:
        place = max(place for place, entry in enumerate(self.calls) if entry.get("key") == key)
        self.calls[place].update(result=in_short(outcome.result), ok=outcome.ok)
        if outcome.ok and isinstance(outcome.result, dict):
            for row in (await self.rows({outcome.result.get("task_id", 0)})).values():
                self.calls[place]["after"] = {"id": row.id, "version": row.version}
        await self._save(unfinished(UNFINISHED, self.calls))
        await self._tell_result(place)

    async def note(self, call: ToolCall, outcome: ToolOutcome) -> None:
        self.calls.append(_entry(call, outcome))
        await self._save(unfinished(UNFINISHED, self.calls))
        await self._tell_call(self.calls[-1])
        await self._tell_result(len(self.calls) - 1)

    async def finish(self, answer: Answer) -> Approval | None:
        """Store the words, and with them the proposal that they ask about: the approval that is open then."""
        self._answered_by = answer.by or self._answered_by
        return await self._save(answer.words, answer)

    async def break_off(self, reason: str) -> None:
        await self._save(unfinished(reason, self.calls))

    def shown(self) -> list[dict[str, Any]]:
        """The calls as a client sees them."""
        return [{name: call[name] for name in ("name", "arguments", "result", "ok")} for call in self.calls]

    def _key(self, call: ToolCall) -> str:
        """That of the same call in the last answer, if it is not known to be made: this is its repetition."""
        for place, earlier in enumerate(self._unresolved):
            if (earlier["name"], earlier["arguments"]) == (call.name, call.arguments):
                return str(self._unresolved.pop(place)["key"])
        return uuid.uuid4().hex

    async def _tell_call(self, entry: Mapping[str, Any]) -> None:
        what = {"id": len(self.calls), "name": entry["name"], "arguments": entry["arguments"]}
        await self._tell(Event("tool_call", what))

    async def _tell_result(self, place: int) -> None:
        entry = self.calls[place]
        what = {"id": place + 1, "ok": entry["ok"], "result": entry["result"]}
        await self._tell(Event("tool_result", what))

    async def _save(self, content: str, answer: Answer | None = None) -> Approval | None:
        # On record with the first call: however the turn ends, "undo" means its changes.
        memory, approval = with_undo(answer.memory if answer else None, self.calls), None
        # Stopping the turn does not stop the record of it, nor hide whether it was committed.
        with anyio.CancelScope(shield=True):
            async with self._sessions.begin() as session:
                message_id = self._message_id
                if message_id is None:
                    message_id = await store.add_message(
                        session, self._conversation, "assistant", content, self._answered_by
                    )
                await store.update_message(
                    session, message_id, content, self.calls, self._answered_by, memory
                )
                if answer and answer.proposal:
                    approval = await approvals.propose(session, self._conversation, answer.proposal)
            # Only now is it there to be changed.
            self._message_id = message_id
        return approval


def _row(task: Task | DeletedTask) -> Row:
    deleted = isinstance(task, DeletedTask)
    return Row(
        task.id,
        task.title,
        task.description,
        # A deletion and its restoring leave the date of the last change as it is.
        f"{task.updated_at.isoformat()}{' deleted' if deleted else ''}",
        completed=task.completed,
        priority=task.priority,
        tags=tuple(task.tags),
        due_at=task.due_at.isoformat() if task.due_at else None,
        deleted=deleted,
    )


def _entry(call: ToolCall, outcome: ToolOutcome) -> dict[str, Any]:
    return {
        "name": call.name,
        "arguments": call.arguments or {},
        "result": in_short(outcome.result),
        "ok": outcome.ok,
    }


def is_open(last: Message, budget: timedelta) -> bool:
    """Whether the turn of a conversation's last message may still be going on: after its budget it is not,
    though it may have ended with its process, without a word."""
    is_answered = last.role == "assistant" and not last.content.startswith(UNFINISHED)
    return not is_answered and datetime.now(UTC) < last.created_at + budget + STORE_TIME


def unresolved(history: Sequence[Message]) -> list[dict[str, Any]]:
    """Of the last answer, the changes that may have been made or not; one that was refused was not made."""
    answers = [message for message in history if message.role == "assistant"]
    calls = answers[-1].tool_calls if answers else []
    return [call for call in calls if call["result"] == UNKNOWN and "key" in call]
