"""Who is calling: the verified user of the bearer token, and the owner that a path names."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.auth import personal_tokens, service, sessions
from app.auth.service import Person
from app.auth.tokens import Keyring
from app.dependencies import StatementsDep
from app.errors import Forbidden, Unauthenticated
from app.statements import Statements

bearer = HTTPBearer(auto_error=False)
ENDED = "The session of this token has ended. Log in again."


@dataclass(frozen=True)
class SignedOwner:
    """The owner that a path and a signed token name, to whom the database is asked for something anyway.

    Unless `session` is None, that question has to be whether this session lasts too (`sessions.LASTS`). An
    answer with anything in it says so; after any other, `confirm` does.
    """

    id: UUID
    session: UUID | None


@dataclass(frozen=True)
class Caller:
    """A verified caller. `session` is their login, if the token is of one."""

    person: Person
    session: UUID | None = None
    by_assistant: bool = False

    @property
    def id(self) -> UUID:
        return self.person.id


CredentialsDep = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
PathOwner = Annotated[str, Path(description="your id, or `me`")]


async def get_caller(request: Request, statements: StatementsDep, credentials: CredentialsDep) -> Caller:
    token = _sent(credentials)
    if token.startswith(personal_tokens.PREFIX):
        return await _by_personal_token(statements, token)
    return await _by_access_token(statements, request.app.state.keyring, token)


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


async def get_owner(caller: CallerDep, user_id: PathOwner) -> Caller:
    if not _names(user_id, caller.id):
        raise Forbidden("This path names another user. Use your own id, or `me`.")
    return caller


async def get_signed_owner(
    request: Request, statements: StatementsDep, credentials: CredentialsDep, user_id: PathOwner
) -> SignedOwner:
    """Asks the database about other tokens than those of sessions, and before it refuses."""
    token = _sent(credentials)
    if not token.startswith(personal_tokens.PREFIX):
        claims = request.app.state.keyring.read_access_token(token)
        if claims.session is not None and _names(user_id, claims.user_id):
            return SignedOwner(claims.user_id, claims.session)
    owner = await get_owner(await get_caller(request, statements, credentials), user_id)
    return SignedOwner(owner.id, None)


async def confirm(statements: Statements, owner: SignedOwner) -> None:
    """Raises Unauthenticated if the session has ended."""
    if owner.session is not None and not await sessions.find_person(statements, owner.id, owner.session):
        raise Unauthenticated(ENDED)


LoggedInDep = Annotated[Caller, Depends(get_logged_in)]
OwnerDep = Annotated[Caller, Depends(get_owner)]
SignedOwnerDep = Annotated[SignedOwner, Depends(get_signed_owner)]


def _sent(credentials: HTTPAuthorizationCredentials | None) -> str:
    if credentials is None:
        raise Unauthenticated("This needs a token: send `Authorization: Bearer …` from /api/auth/login.")
    return credentials.credentials


def _names(path_owner: str, user_id: UUID) -> bool:
    return path_owner in ("me", str(user_id))


async def _by_personal_token(statements: Statements, token: str) -> Caller:
    person = await personal_tokens.find_person(statements, token)
    if person is None:
        raise Unauthenticated("This personal token is unknown, revoked or expired. Make a new one.")
    return Caller(person)


async def _by_access_token(statements: Statements, keyring: Keyring, token: str) -> Caller:
    claims = keyring.read_access_token(token)
    if claims.session is None:
        person = await service.find_person(statements, claims.user_id)
    else:
        person = await sessions.find_person(statements, claims.user_id, claims.session)
    if person is None:
        raise Unauthenticated(ENDED)
    return Caller(person, session=claims.session, by_assistant=claims.by_assistant)
