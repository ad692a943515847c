"""POST /api/auth/register and /login, GET /api/auth/me."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.auth import service
from app.auth.identity import CallerDep
from app.auth.model import User
from app.auth.passwords import Passwords
from app.bodies import Body
from app.dependencies import SessionsDep
from app.errors import Unauthenticated
from app.wording import Text

router = APIRouter(prefix="/api/auth", tags=["auth"])

# Only the shape: no mail is ever sent, and addresses of a company's own network are as good as any.
Email = Annotated[Text, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), AfterValidator(str.lower)]


class Credentials(Body):
    email: Email
    password: Annotated[str, Field(min_length=8, max_length=128)]


class Registration(Credentials):
    name: Annotated[Text, Field(max_length=100)] | None = None


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str


class TokenOut(BaseModel):
    access_token: str
    token_type: str = "bearer"
    expires_in: int
    user: UserOut


@router.post("/register", status_code=201, responses={409: {}})
async def register(request: Request, body: Registration, sessions: SessionsDep) -> TokenOut:
    """`name` is the part of the address before the @ where none is given."""
    password_hash = await _passwords(request).hash(body.password)
    name = body.name or body.email.partition("@")[0]
    async with sessions.begin() as session:
        user = await service.create(session, email=body.email, name=name, password_hash=password_hash)
    return _token(request, user)


@router.post("/login", responses={401: {}})
async def login(request: Request, body: Credentials, sessions: SessionsDep) -> TokenOut:
    """The same answer for an unknown address as for a wrong password."""
    passwords = _passwords(request)
    async with sessions() as session:
        user = await service.find_by_email(session, body.email)
    if not await passwords.verify(body.password, user.password_hash if user else None) or user is None:
        raise Unauthenticated("The e-mail address or the password is wrong.")
    if passwords.is_outdated(user.password_hash):
        password_hash = await passwords.hash(body.password)
        async with sessions.begin() as session:
            await service.replace_hash(session, user.id, password_hash)
    return _token(request, user)


@router.get("/me")
async def me(caller: CallerDep) -> UserOut:
    return UserOut.model_validate(caller.user)


def _passwords(request: Request) -> Passwords:
    passwords: Passwords = request.app.state.passwords
    return passwords


def _token(request: Request, user: User) -> TokenOut:
    keyring = request.app.state.keyring
    return TokenOut(
        access_token=keyring.issue(user.id),
        expires_in=keyring.lifetime_seconds,
        user=UserOut.model_validate(user),
    )
