"""POST /api/auth/refresh and /logout, and a user's sessions at /api/auth/sessions."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from app.auth import cookie, sessions
from app.auth.granting import TokenOut, grant, session_lifetime
from app.auth.identity import LoggedInDep, bearer
from app.dependencies import SessionDep, SessionsDep
from app.errors import Unauthenticated

router = APIRouter(prefix="/api/auth", tags=["auth"])
REFRESH_ANSWERS: dict[int | str, dict[str, Any]] = {204: {"description": "No session."}, 401: {}, 403: {}}


class SessionOut(BaseModel):
    id: UUID
    client: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    current: bool


@router.post("/refresh", response_model=TokenOut, responses=REFRESH_ANSWERS)
async def refresh(request: Request, response: Response, open_session: SessionsDep) -> TokenOut | Response:
    """A new access token, for the cookie of a session, which is replaced too. 204 without a cookie."""
    token = cookie.read(request)
    if token is None:
        return Response(status_code=204)
    claims = request.app.state.keyring.read_refresh_token(token)
    async with open_session.begin() as session:
        renewed = await sessions.renew(session, claims.session, claims.generation, session_lifetime(request))
    if renewed is None:
        raise Unauthenticated("The session has ended. Log in again.")
    user, generation = renewed
    return grant(request, response, user, claims.session, generation)


@router.post("/logout", status_code=204, responses={403: {}})
async def logout(request: Request, open_session: SessionsDep) -> Response:
    """Ends the session of the bearer token, which may have expired, or without one that of the cookie: its
    tokens are refused from now on. The cookie of another login stays: a browser has one, and tabs of several
    logins."""
    keyring = request.app.state.keyring
    remembered = token = None
    with suppress(Unauthenticated):
        if token := cookie.read(request):
            remembered = keyring.read_refresh_token(token).session
    ending = remembered
    credentials = await bearer(request)
    with suppress(Unauthenticated):
        if credentials is not None:
            ending = keyring.read_access_token(credentials.credentials, even_expired=True).session
    if ending is not None:
        async with open_session.begin() as session:
            await sessions.end(session, ending)
    response = Response(status_code=204)
    if token is not None and remembered == ending:
        cookie.clear(request, response)
    return response


@router.get("/sessions", responses={403: {}})
async def list_sessions(caller: LoggedInDep, session: SessionDep) -> list[SessionOut]:
    """Those that have not ended, the last used first."""
    return [
        SessionOut(
            id=row.id,
            client=row.client,
            created_at=row.created_at,
            refreshed_at=row.refreshed_at,
            expires_at=row.expires_at,
            current=row.id == caller.session,
        )
        for row in await sessions.list_of(session, caller.id)
    ]


@router.delete("/sessions/{session_id}", status_code=204, responses={403: {}})
async def end_session(caller: LoggedInDep, session: SessionDep, session_id: UUID) -> None:
    """One's own may be among them."""
    await sessions.end_of(session, caller.id, session_id)
