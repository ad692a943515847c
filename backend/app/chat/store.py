"""Stores conversations, each message in a short transaction of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Update, func, null, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.model import Conversation, Message
from app.db import MAX_ID
from app.errors import NotFound
from app.paging import is_id, not_of_this_list, read_cursor, write_cursor

TITLE_LENGTH = 80


async def open_conversation(
    session: AsyncSession, user_id: UUID, conversation_id: int | None, first_words: str
) -> Conversation:
    """The user's conversation of that id, else NotFound; a new one where no id is given. Nobody else can say
    anything in it until the transaction ends."""
    if conversation_id is not None:
        return await find_conversation(session, user_id, conversation_id, locked=True)
    conversation = Conversation(user_id=user_id, title=" ".join(first_words.split())[:TITLE_LENGTH])
    session.add(conversation)
    await session.flush()
    return conversation


async def find_conversation(
    session: AsyncSession, user_id: UUID, conversation_id: int, *, locked: bool = False
) -> Conversation:
    wanted = conversation_id if 0 < conversation_id <= MAX_ID else 0
    statement = select(Conversation).where(Conversation.id == wanted, Conversation.user_id == user_id)
    if locked:
        statement = statement.with_for_update(key_share=True)
    conversation = await session.scalar(statement)
    if conversation is None:
        raise NotFound(f"You have no conversation {conversation_id}.")
    return conversation


@dataclass(frozen=True)
class ConversationPage:
    """`next` is the cursor of the page after it, None on the last one."""

    conversations: Sequence[Conversation]
    next: str | None


async def list_conversations(
    session: AsyncSession, user_id: UUID, *, limit: int, cursor: str | None = None, offset: int = 0
) -> ConversationPage:
    """The one used last comes first. Raises Invalid for a cursor that this list did not give."""
    conditions: list[ColumnElement[bool]] = [Conversation.user_id == user_id]
    if cursor is not None:
        conditions.append(tuple_(Conversation.updated_at, Conversation.id) < tuple_(*_read_cursor(cursor)))
    statement = (
        select(Conversation)
        .where(*conditions)
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(limit + 1)
        .offset(offset)
    )
    found = (await session.scalars(statement)).all()
    if len(found) <= limit:
        return ConversationPage(found, None)
    last = found[limit - 1]
    return ConversationPage(found[:limit], write_cursor([last.updated_at.isoformat(), last.id]))


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        moment, number = read_cursor(cursor)
        used_at = datetime.fromisoformat(moment)
        if used_at.tzinfo is None or not is_id(number):
            raise ValueError("made for another list")
    except (ValueError, TypeError):
        raise not_of_this_list() from None
    return used_at, number


async def last_messages(session: AsyncSession, conversation_id: int, limit: int) -> list[Message]:
    """The latest messages, oldest first."""
    statement = (
        select(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return list(reversed((await session.scalars(statement)).all()))


async def last_change(session: AsyncSession, conversation_id: int, before: int) -> Sequence[Message]:
    """Of the messages below that id, the last one that remembers how to undo what it did, if any."""
    remembers = (Message.memory[name].is_not(null()) for name in ("undo", "undo_unknown"))
    statement = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id < before, or_(*remembers))
        .order_by(Message.id.desc())
        .limit(1)
    )
    return (await session.scalars(statement)).all()


async def list_messages(
    session: AsyncSession,
    conversation_id: int,
    *,
    limit: int,
    after: int,
    before: int | None = None,
    newest_first: bool = False,
) -> Sequence[Message]:
    """Those with an id above `after` and below `before`."""
    statement = select(Message).where(Message.conversation_id == conversation_id, Message.id > after)
    if before is not None:
        statement = statement.where(Message.id < before)
    order = Message.id.desc() if newest_first else Message.id.asc()
    return (await session.scalars(statement.order_by(order).limit(limit))).all()


async def add_message(
    session: AsyncSession, conversation: Conversation, role: str, content: str, answered_by: str | None = None
) -> int:
    """Returns the id of the new message; NotFound where the conversation was deleted meanwhile."""
    used = update(Conversation).where(Conversation.id == conversation.id).values(updated_at=func.now())
    if not await _changes_a_row(session, used):
        raise deleted_meanwhile()
    message = Message(
        conversation_id=conversation.id,
        user_id=conversation.user_id,
        role=role,
        content=content,
        answered_by=answered_by,
    )
    session.add(message)
    await session.flush()
    return message.id


async def update_message(
    session: AsyncSession,
    message_id: int,
    content: str,
    tool_calls: list[dict[str, Any]],
    answered_by: str,
    memory: dict[str, Any] | None = None,
) -> None:
    """Raises NotFound where the message was deleted with its conversation."""
    values = {"content": content, "tool_calls": tool_calls, "answered_by": answered_by, "memory": memory}
    if not await _changes_a_row(session, update(Message).where(Message.id == message_id).values(values)):
        raise deleted_meanwhile()


def deleted_meanwhile() -> NotFound:
    return NotFound("This conversation was deleted meanwhile. What was done in it until then stays done.")


async def _changes_a_row(session: AsyncSession, statement: Update) -> bool:
    result = cast(CursorResult[Any], await session.execute(statement))
    return result.rowcount > 0
