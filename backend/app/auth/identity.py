"""Who is calling: the verified user of the bearer token, and the owner that a path names."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import personal_tokens, service, sessions
from app.auth.model import User
from app.auth.tokens import Keyring
from app.dependencies import SessionDep
from app.errors import Forbidden, Unauthenticated

bearer = HTTPBearer(auto_error=False)


@dataclass(frozen=True)
class Caller:
    """A verified caller. `session` is their login, if the token is of one."""

    user: User
    session: UUID | None = None
    by_assistant: bool = False

    @property
    def id(self) -> UUID:
        return self.user.id


async def get_caller(
    request: Request,
    session: SessionDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    if credentials is None:
        raise Unauthenticated("This needs a token: send `Authorization: Bearer …` from /api/auth/login.")
    token = credentials.credentials
    if token.startswith(personal_tokens.PREFIX):
        return await _by_personal_token(session, token)
    return await _by_access_token(session, request.app.state.keyring, token)


CallerDep = Annotated[Caller, Depends(get_caller)]


async def get_person(caller: CallerDep) -> Caller:
    """Anybody but the assistant, whose token is for the tasks alone."""
    if caller.by_assistant:
        raise Forbidden("The assistant's own token is for tasks only.")
    return caller


async def get_logged_in(caller: CallerDep) -> Caller:
    """A caller with a login: a stolen personal token must not be able to make more of them."""
    if caller.session is None:
        raise Forbidden("This needs a login: no other token manages sessions and tokens.")
    return caller


async def get_owner(
    caller: CallerDep, user_id: Annotated[str, Path(description="your id, or `me`")]
) -> Caller:
    if user_id not in ("me", str(caller.id)):
        raise Forbidden("This path names another user. Use your own id, or `me`.")
    return caller


LoggedInDep = Annotated[Caller, Depends(get_logged_in)]
OwnerDep = Annotated[Caller, Depends(get_owner)]


async def _by_personal_token(session: AsyncSession, token: str) -> Caller:
    user = await personal_tokens.find_user(session, token)
    if user is None:
        raise Unauthenticated("This personal token is unknown, revoked or expired. Make a new one.")
    return Caller(user)


async def _by_access_token(session: AsyncSession, keyring: Keyring, token: str) -> Caller:
    claims = keyring.read_access_token(token)
    if claims.session is None:
        user = await service.find(session, claims.user_id)
    else:
        user = await sessions.find_user(session, claims.user_id, claims.session)
    if user is None:
        raise Unauthenticated("The session of this token has ended. Log in again.")
    return Caller(user, session=claims.session, by_assistant=claims.by_assistant)
