"""Tokens that a user makes for a program, such as an MCP client. Shown once; only their hashes are stored."""

import hashlib
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.model import PersonalToken, User
from app.auth.service import Person
from app.errors import Conflict, NotFound
from app.statements import Statements

PREFIX = "todo_pat_"
"""By which a scanner for secrets, and this service, know such a token."""
MAX_PER_USER = 50
NOTE_USE_EVERY = timedelta(minutes=1)
OF_TOKEN = """
SELECT users.id, email, users.name, tokens.id AS token, last_used_at >= now() - %(often)s AS used_lately
FROM users JOIN personal_tokens AS tokens ON user_id = users.id
WHERE token_hash = %(hash)s AND (expires_at IS NULL OR expires_at > now())
"""
NOTE_USE = "UPDATE personal_tokens SET last_used_at = now() WHERE id = %(id)s RETURNING id"

logger = logging.getLogger(__name__)


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


async def find_person(statements: Statements, token: str) -> Person | None:
    """Whose token it is; None for one that is unknown, revoked or expired. Notes its use where it can."""
    found = await statements.rows(OF_TOKEN, {"hash": _hash(token), "often": NOTE_USE_EVERY})
    if not found:
        return None
    (row,) = found
    if not row["used_lately"]:
        try:
            await statements.rows(NOTE_USE, {"id": row["token"]})
        except psycopg.Error as error:  # nothing else fails with it: each statement is its own transaction
            logger.warning("the use of a personal token is not noted: %s", " ".join(str(error).split()))
    return Person(row["id"], row["email"], row["name"])


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
