"""Stores what waits for a yes, and hands it out once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.assistant import Proposal
from app.chat.dialogue import asks_to_undo
from app.chat.english.agreement import agrees, said_in
from app.chat.english.lexicon import PRIORITIES, words
from app.chat.model import Approval, Conversation, Decision
from app.chat.policy import describe
from app.chat.protocol import Row, ToolCall
from app.errors import Conflict, NotFound

LIFETIME = timedelta(minutes=10)

VERBS = {
    "delete_task": words("delete remove erase"),
    "complete_task": words("complete finish close mark tick off as done completed finished"),
    "reopen_task": words("reopen uncheck untick"),
    "restore_task": words("restore undelete"),
    "due_at": words("move schedule reschedule postpone"),
    "tags": words("tag label"),
    "title": words("rename retitle"),
}
"""How a yes may call what was asked about: by a tool, or by a field that is set."""
MAKE = words("make mark set as priority prioritize prioritise")
REMOVE = words("remove clear delete")
NO = words("no nope nah never nevermind nvm cancel stop dont don't don’t")
AFTER_NO = NO | words("mind please thanks thank you do it that this them of none not forget")

Answer = Literal["approved", "declined", "dropped"]


@dataclass(frozen=True)
class Button:
    """What the user pressed below the question of an approval."""

    id: int
    accept: bool

    @property
    def words(self) -> str:
        """As it stands in the conversation."""
        return "Yes, do it." if self.accept else "No."


def consent(message: str, calls: Sequence[Mapping[str, Any]]) -> Answer:
    """How a message answers the question about `calls`; only what is nothing but a yes approves.

    "Undo" is a no: nothing of what was asked about is there to take back, and nothing before it is meant.
    """
    said = said_in(message)
    if agrees(said, _named(calls) | ({"both"} if len(calls) == 2 else set())):
        return "approved"
    is_no = bool(said) and said[0] in NO and AFTER_NO.issuperset(said)
    return "declined" if is_no or asks_to_undo(message) else "dropped"


def _named(calls: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The words for what the calls do; none where they do several things."""
    done = [what for call in calls for what in _done_by(call)]
    kinds, values = {kind for kind, _ in done}, [value for _, value in done]
    if len(kinds) != 1:
        return frozenset()
    if not any(values):
        return REMOVE
    [kind] = kinds
    if kind != "priority":
        return VERBS.get(kind, frozenset()) if all(values) else frozenset()
    return MAKE | {word for word, level in PRIORITIES.items() if set(values) == {level}}


def _done_by(call: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The fields that it sets, and to what; of a tool that sets none, its name."""
    if call["name"] != "update_task":
        return [(call["name"], True)]
    return [(name, value) for name, value in call["arguments"].items() if name != "task_id"]


@dataclass(frozen=True)
class Settled:
    """What became of approval `id`; the proposal only where it is approved."""

    id: int
    decision: Decision
    proposal: Proposal | None = None


async def settle(session: AsyncSession, conversation: Conversation, said: str | Button) -> Settled | None:
    """Decide the open approval by what the user says next.

    The row is locked, so that of two messages at the same time one gets it. None where none is open; but a
    button for one that is not raises NotFound, or Conflict where it was decided before.
    """
    approval = await session.scalar(_of(conversation, said).with_for_update())
    if isinstance(said, Button):
        if approval is None:
            raise NotFound(f"There is no question {said.id} in this conversation.")
        if approval.decision is not None:
            raise Conflict(f"This question is settled already: it was {approval.decision}.")
    if approval is None:
        return None
    decision: Decision
    if isinstance(said, Button):
        decision = "approved" if said.accept else "declined"
    else:
        decision = consent(said, approval.calls)
    if decision == "approved" and approval.expires_at <= datetime.now(UTC):
        decision = "expired"
    approval.decision = decision
    if decision != "approved":
        return Settled(approval.id, decision)
    calls = tuple(
        ToolCall(f"approved-{number}", call["name"], call["arguments"])
        for number, call in enumerate(approval.calls)
    )
    return Settled(approval.id, decision, Proposal(calls, _rows(approval)))


async def reopen(session: AsyncSession, conversation: Conversation, approval_id: int) -> None:
    """Ask again what was approved but not begun, unless something else is asked about by now."""
    await session.execute(select(Conversation.id).where(Conversation.id == conversation.id).with_for_update())
    if await session.scalar(_of(conversation, "")) is None:
        await session.execute(update(Approval).where(Approval.id == approval_id).values(decision=None))


async def find_open(session: AsyncSession, conversation: Conversation) -> Approval | None:
    """The approval of a conversation that can still be given."""
    approval = await session.scalar(_of(conversation, ""))
    return approval if approval and approval.expires_at > datetime.now(UTC) else None


def shown(approval: Approval) -> dict[str, Any]:
    """An approval as a client sees it: each call with what it would do, in words."""
    rows = {row.id: row for row in _rows(approval)}
    calls = (ToolCall("", call["name"], call["arguments"]) for call in approval.calls)
    return {
        "id": approval.id,
        "expires_at": approval.expires_at.isoformat(),
        "calls": [
            {"name": call.name, "arguments": call.arguments, "summary": describe(call, rows)}
            for call in calls
        ],
    }


def _rows(approval: Approval) -> tuple[Row, ...]:
    """The tasks as they were shown, without what only a later release knows of them: it serves too during a
    rollout, and may be rolled back."""
    known = {field.name for field in fields(Row)}
    return tuple(
        Row(**{name: value for name, value in row.items() if name in known}) for row in approval.rows
    )


def _of(conversation: Conversation, said: str | Button) -> Select[Approval]:
    which = Approval.id == said.id if isinstance(said, Button) else Approval.decision.is_(None)
    return select(Approval).where(
        Approval.conversation_id == conversation.id, Approval.user_id == conversation.user_id, which
    )


async def propose(session: AsyncSession, conversation: Conversation, proposal: Proposal) -> Approval:
    """Open an approval; one that another turn of the conversation opened meanwhile is dropped."""
    await session.execute(select(Conversation.id).where(Conversation.id == conversation.id).with_for_update())
    await session.execute(
        update(Approval)
        .where(Approval.conversation_id == conversation.id, Approval.decision.is_(None))
        .values(decision="dropped")
    )
    approval = Approval(
        conversation_id=conversation.id,
        user_id=conversation.user_id,
        calls=[{"name": call.name, "arguments": call.arguments} for call in proposal.calls],
        rows=[asdict(row) for row in proposal.rows],
        expires_at=datetime.now(UTC) + LIFETIME,
    )
    session.add(approval)
    await session.flush()
    return approval
