"""Who is calling: the verified user of the bearer token, and the owner that a path names."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.auth import service
from app.auth.model import User
from app.dependencies import SessionsDep
from app.errors import Forbidden, Unauthenticated

bearer = HTTPBearer(auto_error=False)


@dataclass(frozen=True)
class Caller:
    """A verified caller, with the token to pass on where a service must act for them."""

    user: User
    token: str

    @property
    def id(self) -> UUID:
        return self.user.id


async def get_caller(
    request: Request,
    sessions: SessionsDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """The account is looked up in a session that ends here: a request that then waits holds no connection."""
    if credentials is None:
        raise Unauthenticated("This needs a token: send `Authorization: Bearer …` from /api/auth/login.")
    user_id = request.app.state.keyring.subject(credentials.credentials)
    async with sessions() as session:
        user = await service.find(session, user_id)
    if user is None:
        raise Unauthenticated("The account of this token does not exist. Register or log in again.")
    return Caller(user, credentials.credentials)


CallerDep = Annotated[Caller, Depends(get_caller)]


async def get_owner(
    caller: CallerDep, user_id: Annotated[str, Path(description="your id, or `me`")]
) -> Caller:
    if user_id not in ("me", str(caller.id)):
        raise Forbidden("This path names another user. Use your own id, or `me`.")
    return caller


OwnerDep = Annotated[Caller, Depends(get_owner)]
