"""Logins: each is a row, and a refresh token that is replaced whenever it is used.

A refresh token that is used again after it was replaced has two holders, and one of them stole it. So the
session ends, for both. For REPEAT_WITHIN the token just replaced is still answered, with the same successor,
which is not replaced for so long: several tabs may refresh at once, and an answer may get lost.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.model import LoginSession, User
from app.auth.service import Person
from app.errors import NotFound
from app.statements import Statements

REPEAT_WITHIN = timedelta(seconds=10)
CLIENT_MAX = 200
KEPT = 100
"""Sessions of one user. Programs that log in for each of their runs never log out."""

LASTS = """EXISTS (
    SELECT FROM sessions
    WHERE sessions.id = %(session)s AND sessions.user_id = %(user)s AND sessions.expires_at > now()
)"""
"""Of the session and the user of these names, for a query on something of the user's."""
OF_SESSION = """
SELECT users.id, email, name FROM users JOIN sessions ON user_id = users.id
WHERE users.id = %(user)s AND sessions.id = %(session)s AND sessions.expires_at > now()
"""

logger = logging.getLogger(__name__)


async def start(session: AsyncSession, user_id: UUID, client: str, lifetime: timedelta) -> LoginSession:
    """`client` is what its user can recognize it by: the name that a browser gives itself.

    The user's expired sessions end, and those beyond KEPT that were not used for the longest time.
    """
    others = select(LoginSession.id).where(LoginSession.user_id == user_id)
    too_many = others.order_by(LoginSession.refreshed_at.desc()).offset(KEPT - 1)
    surplus = or_(LoginSession.expires_at < func.now(), LoginSession.id.in_(too_many))
    await session.execute(delete(LoginSession).where(LoginSession.user_id == user_id, surplus))
    row = LoginSession(user_id=user_id, client=client[:CLIENT_MAX], expires_at=func.now() + lifetime)
    session.add(row)
    await session.flush()
    return row


async def renew(
    session: AsyncSession, session_id: UUID, generation: int, lifetime: timedelta
) -> tuple[User, int] | None:
    """The user, and the generation of the next refresh token; None if the session has ended or ends now."""
    lasts = LoginSession.id == session_id, LoginSession.expires_at > func.now()
    is_current = LoginSession.generation == generation
    may_repeat = and_(
        LoginSession.generation > 0, LoginSession.refreshed_at > func.clock_timestamp() - REPEAT_WITHIN
    )
    columns = LoginSession.user_id, LoginSession.generation
    renewed = await session.execute(
        update(LoginSession)
        .where(*lasts, is_current, not_(may_repeat))
        .values(generation=generation + 1, refreshed_at=func.now(), expires_at=func.now() + lifetime)
        .returning(*columns)
    )
    found = renewed.one_or_none()
    if found is None:
        just_replaced = and_(LoginSession.generation == generation + 1, may_repeat)
        repeated = await session.execute(select(*columns).where(*lasts, or_(is_current, just_replaced)))
        found = repeated.one_or_none()
    if found is None:
        deleted = await session.execute(
            delete(LoginSession)
            .where(LoginSession.id == session_id)
            .returning(LoginSession.user_id, LoginSession.expires_at > func.now())
        )
        ended = deleted.one_or_none()
        if ended is not None and ended[1]:
            logger.warning("a refresh token of user %s was used again: their session has ended", ended[0])
        return None
    user = await session.get(User, found.user_id)
    return None if user is None else (user, found.generation)


async def find_person(statements: Statements, user_id: UUID, session_id: UUID) -> Person | None:
    """Who the user is, unless that session of theirs has ended."""
    found = await statements.rows(OF_SESSION, {"user": user_id, "session": session_id})
    return Person(**found[0]) if found else None


async def list_of(session: AsyncSession, user_id: UUID) -> Sequence[LoginSession]:
    """Those that have not ended, the last used first."""
    query = select(LoginSession).where(LoginSession.user_id == user_id, LoginSession.expires_at > func.now())
    return (await session.scalars(query.order_by(LoginSession.refreshed_at.desc(), LoginSession.id))).all()


async def end(session: AsyncSession, session_id: UUID) -> None:
    """Does nothing if it has ended."""
    await session.execute(delete(LoginSession).where(LoginSession.id == session_id))


async def end_of(session: AsyncSession, user_id: UUID, session_id: UUID) -> None:
    """Raises NotFound if it has ended, or is somebody else's."""
    own = LoginSession.id == session_id, LoginSession.user_id == user_id
    if await session.scalar(delete(LoginSession).where(*own).returning(LoginSession.id)) is None:
        raise NotFound(f"No session {session_id}. It may have ended already.")
