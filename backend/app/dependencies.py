"""What a route may ask for from the application: sessions, and the one session of a request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Sessions


def get_sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


SessionsDep = Annotated[Sessions, Depends(get_sessions)]


async def get_session(sessions: SessionsDep) -> AsyncIterator[AsyncSession]:
    """Commits unless the request fails. Who commits earlier gives the connection back for then."""
    async with sessions() as session:
        yield session
        await session.commit()


# Scope "function" ends the transaction before the response leaves: what is acknowledged is committed.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
