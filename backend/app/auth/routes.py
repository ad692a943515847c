"""POST /api/auth/register and /login, GET /api/auth/me."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.auth import service, sessions
from app.auth.granting import TokenOut, UserOut, grant, session_lifetime
from app.auth.identity import CallerDep
from app.auth.passwords import Passwords
from app.auth.spelling import normal_address
from app.bodies import Body
from app.dependencies import SessionsDep
from app.errors import Unauthenticated
from app.rate_limits import RateLimits
from app.wording import Text, Verbatim, storable

router = APIRouter(prefix="/api/auth", tags=["auth"])

# Only the shape: no mail is ever sent, and addresses of a company's own network are as good as any.
Email = Annotated[Verbatim, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class Credentials(Body):
    email: Email
    password: Annotated[str, Field(min_length=8, max_length=128)]


class Registration(Credentials):
    name: Annotated[Text, Field(max_length=100)] | None = None


@router.post("/register", status_code=201, responses={409: {}, 429: {}})
async def register(
    request: Request, response: Response, body: Registration, open_session: SessionsDep
) -> TokenOut:
    """`name` is the part of the address before the @ where none is given."""
    asker = _check_rate(request, body.email)
    password_hash = await _passwords(request).hash(body.password, asker)
    name = body.name or body.email.partition("@")[0]
    async with open_session.begin() as session:
        user = await service.create(session, email=body.email, name=name, password_hash=password_hash)
        login = await sessions.start(session, user.id, _client(request), session_lifetime(request))
    return grant(request, response, user, login.id, login.generation)


@router.post("/login", responses={401: {}, 429: {}})
async def login(
    request: Request, response: Response, body: Credentials, open_session: SessionsDep
) -> TokenOut:
    """The same answer for an unknown address as for a wrong password."""
    asker = _check_rate(request, body.email)
    passwords = _passwords(request)
    async with open_session() as session:
        user = await service.find_by_email(session, body.email)
    matching = await passwords.verify(body.password, user.password_hash if user else None, asker)
    if matching is None or user is None:
        raise Unauthenticated("The e-mail address or the password is wrong.")
    outdated = passwords.is_outdated(user.password_hash, matching)
    password_hash = await passwords.hash(body.password, asker) if outdated else None
    async with open_session.begin() as session:
        if password_hash is not None:
            await service.replace_hash(session, user.id, password_hash)
        login = await sessions.start(session, user.id, _client(request), session_lifetime(request))
    return grant(request, response, user, login.id, login.generation)


@router.get("/me")
async def me(caller: CallerDep) -> UserOut:
    return UserOut.model_validate(caller.person)


def _passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


def _check_rate(request: Request, email: str) -> str:
    limits: RateLimits = request.app.state.rate_limits
    return limits.check_account(request, normal_address(email))


def _client(request: Request) -> str:
    return storable(request.headers.get("user-agent", ""))
