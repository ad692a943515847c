"""What clients see of the assistant's calls: those that were made, and those that wait for a yes."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.db import MAX_ID

MessageId = Annotated[int, Field(ge=0, le=MAX_ID)]


class ToolCallOut(BaseModel):
    name: str
    arguments: dict[str, Any]
    result: Any
    ok: bool


class ProposedCallOut(BaseModel):
    name: str
    arguments: dict[str, Any]
    summary: str


class ApprovalOut(BaseModel):
    """Calls that are made once the user says yes; `summary` is what each would do, in words."""

    id: int
    expires_at: datetime
    calls: list[ProposedCallOut]
