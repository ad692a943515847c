"""What a login gives: an access token in the answer, and the refresh token in a cookie."""

from datetime import timedelta
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict

from app.auth import cookie
from app.auth.model import User


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


def session_lifetime(request: Request) -> timedelta:
    """From the last use of a session to its end."""
    days: float = request.app.state.settings.session_days
    return timedelta(days=days)


def grant(request: Request, response: Response, user: User, session_id: UUID, generation: int) -> TokenOut:
    """Tokens of a session, whose refresh token is the one with this number."""
    state = request.app.state
    seconds = int(session_lifetime(request).total_seconds())
    refresh_token = state.keyring.refresh_token(session_id, generation, seconds)
    cookie.put(request, response, refresh_token, seconds)
    expires_in = state.settings.access_token_seconds
    return TokenOut(
        access_token=state.keyring.access_token(user.id, session_id, expires_in),
        expires_in=expires_in,
        user=UserOut.model_validate(user),
    )
