"""Stores conversations, each message in a short transaction of its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.model import Conversation, Message
from app.db import MAX_ID
from app.errors import NotFound

TITLE_LENGTH = 80


async def open_conversation(
    session: AsyncSession, user_id: UUID, conversation_id: int | None, first_words: str
) -> Conversation:
    """The user's conversation of that id, else NotFound; a new one where no id is given."""
    if conversation_id is not None:
        return await find_conversation(session, user_id, conversation_id)
    conversation = Conversation(user_id=user_id, title=" ".join(first_words.split())[:TITLE_LENGTH])
    session.add(conversation)
    await session.flush()
    return conversation


async def find_conversation(session: AsyncSession, user_id: UUID, conversation_id: int) -> Conversation:
    wanted = conversation_id if 0 < conversation_id <= MAX_ID else 0
    conversation = await session.scalar(
        select(Conversation).where(Conversation.id == wanted, Conversation.user_id == user_id)
    )
    if conversation is None:
        raise NotFound(f"You have no conversation {conversation_id}.")
    return conversation


async def list_conversations(
    session: AsyncSession, user_id: UUID, *, limit: int, offset: int
) -> Sequence[Conversation]:
    """The one used last comes first."""
    statement = (
        select(Conversation)
        .where(Conversation.user_id == user_id)
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return (await session.scalars(statement)).all()


async def last_messages(session: AsyncSession, conversation_id: int, limit: int) -> list[Message]:
    """The latest messages, oldest first."""
    statement = (
        select(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return list(reversed((await session.scalars(statement)).all()))


async def list_messages(
    session: AsyncSession, conversation_id: int, *, limit: int, after: int
) -> Sequence[Message]:
    """Oldest first, those with an id above `after`."""
    statement = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id > after)
        .order_by(Message.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def add_message(
    session: AsyncSession, conversation: Conversation, role: str, content: str, answered_by: str | None = None
) -> int:
    """Returns the id of the new message."""
    message = Message(
        conversation_id=conversation.id,
        user_id=conversation.user_id,
        role=role,
        content=content,
        answered_by=answered_by,
    )
    session.add(message)
    await session.flush()
    await session.execute(
        update(Conversation).where(Conversation.id == conversation.id).values(updated_at=func.now())
    )
    return message.id


async def update_message(
    session: AsyncSession,
    message_id: int,
    content: str,
    tool_calls: list[dict[str, Any]],
    answered_by: str,
    memory: dict[str, Any] | None = None,
) -> None:
    values = {"content": content, "tool_calls": tool_calls, "answered_by": answered_by, "memory": memory}
    await session.execute(update(Message).where(Message.id == message_id).values(values))
