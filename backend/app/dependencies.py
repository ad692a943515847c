"""What a route may ask for: sessions, the one session of its request, or single statements."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import Sessions
from app.statements import Statements


async def get_sessions(request: Request) -> Sessions:
    # FastAPI would hand a plain function to a thread.
    sessions: Sessions = request.app.state.sessions
    return sessions


async def get_statements(request: Request) -> Statements:
    statements: Statements = request.app.state.statements
    return statements


SessionsDep = Annotated[Sessions, Depends(get_sessions)]
StatementsDep = Annotated[Statements, Depends(get_statements)]


async def get_session(sessions: SessionsDep) -> AsyncIterator[AsyncSession]:
    """Commits unless the request fails."""
    async with sessions() as session:
        yield session
        await session.commit()


# Scope "function" ends the transaction before the response leaves: what is acknowledged is committed.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
