"""Tokens that a user makes for a program, such as an MCP client. Shown once; only their hashes are stored."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.model import PersonalToken, User
from app.errors import Conflict, NotFound

PREFIX = "todo_pat_"
"""By which a scanner for secrets, and this service, know such a token."""
MAX_PER_USER = 50
NOTE_USE_EVERY = timedelta(minutes=1)


async def create(
    session: AsyncSession, user_id: UUID, name: str, expires_at: datetime | None
) -> tuple[PersonalToken, str]:
    """The row, and the token, which cannot be had again."""
    # The lock lets two requests not both make the last one.
    await session.execute(select(User.id).where(User.id == user_id).with_for_update())
    count = select(func.count()).select_from(PersonalToken).where(PersonalToken.user_id == user_id)
    if (await session.scalar(count) or 0) >= MAX_PER_USER:
        raise Conflict(f"You have {MAX_PER_USER} personal tokens, the most there can be. Revoke one first.")
    token = PREFIX + secrets.token_urlsafe(32)
    row = PersonalToken(user_id=user_id, name=name, token_hash=_hash(token), expires_at=expires_at)
    session.add(row)
    await session.flush()
    return row, token


async def find_user(session: AsyncSession, token: str) -> User | None:
    """Whose token it is; None for one that is unknown, revoked or expired. Notes when it was used."""
    alive = or_(PersonalToken.expires_at.is_(None), PersonalToken.expires_at > func.now())
    found = (
        await session.execute(
            select(User, PersonalToken.id, PersonalToken.last_used_at < func.now() - NOTE_USE_EVERY)
            .join(PersonalToken, PersonalToken.user_id == User.id)
            .where(PersonalToken.token_hash == _hash(token), alive)
        )
    ).first()
    if found is None:
        return None
    user, token_id, used_long_ago = found
    if used_long_ago is not False:
        used = update(PersonalToken).where(PersonalToken.id == token_id)
        await session.execute(used.values(last_used_at=func.now()))
        await session.commit()
    return user


async def list_of(session: AsyncSession, user_id: UUID) -> Sequence[PersonalToken]:
    """The newest first."""
    query = select(PersonalToken).where(PersonalToken.user_id == user_id)
    return (await session.scalars(query.order_by(PersonalToken.created_at.desc(), PersonalToken.id))).all()


async def revoke(session: AsyncSession, user_id: UUID, token_id: UUID) -> None:
    own = PersonalToken.id == token_id, PersonalToken.user_id == user_id
    if await session.scalar(delete(PersonalToken).where(*own).returning(PersonalToken.id)) is None:
        raise NotFound(f"No personal token {token_id}. It may have been revoked already.")


def _hash(token: str) -> str:
    """Without salt and stretching, which protect passwords: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
