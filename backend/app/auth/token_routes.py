"""Personal access tokens, for MCP clients and scripts: /api/auth/tokens."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.auth import personal_tokens
from app.auth.identity import LoggedInDep
from app.bodies import Body
from app.dependencies import SessionDep
from app.wording import Text

router = APIRouter(prefix="/api/auth/tokens", tags=["auth"], responses={403: {}})


class TokenIn(Body):
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class PersonalTokenOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewTokenOut(PersonalTokenOut):
    token: str


@router.post("", status_code=201, responses={409: {}})
async def create(caller: LoggedInDep, session: SessionDep, body: TokenIn) -> NewTokenOut:
    """The token is in this answer only. Without `expires_in_days` it is good until it is revoked."""
    expires_at = None
    if body.expires_in_days is not None:
        expires_at = datetime.now(UTC) + timedelta(days=body.expires_in_days)
    row, token = await personal_tokens.create(session, caller.id, body.name, expires_at)
    return NewTokenOut(**PersonalTokenOut.model_validate(row).model_dump(), token=token)


@router.get("", response_model=list[PersonalTokenOut])
async def list_tokens(caller: LoggedInDep, session: SessionDep) -> object:
    """The newest first, without the tokens themselves. `last_used_at` is right to the minute."""
    return await personal_tokens.list_of(session, caller.id)


@router.delete("/{token_id}", status_code=204)
async def revoke(caller: LoggedInDep, session: SessionDep, token_id: UUID) -> None:
    await personal_tokens.revoke(session, caller.id, token_id)
