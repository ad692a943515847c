"""REST for the assistant: /api/{user_id}/chat and /api/{user_id}/conversations."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.auth.identity import OwnerDep, get_person
from app.bodies import Body
from app.chat import store
from app.chat.conversation import Chat
from app.dependencies import SessionDep, SessionsDep
from app.wording import Text

router = APIRouter(prefix="/api/{user_id}", tags=["chat"], dependencies=[Depends(get_person)])

MESSAGE_MAX = 4000
PAGE_MAX = 200
TOKEN_SPARE_SECONDS = 30
"""The assistant's token outlives the longest turn by this."""


class ChatIn(Body):
    conversation_id: int | None = None
    message: Annotated[Text, Field(min_length=1, max_length=MESSAGE_MAX)]


class ConversationsQuery(Body):
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 50
    offset: Annotated[int, Field(ge=0, le=2**31)] = 0


class MessagesQuery(Body):
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_MAX
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class ToolCallOut(BaseModel):
    name: str
    arguments: dict[str, Any]
    result: Any
    ok: bool


class ChatOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    conversation_id: int
    response: str
    tool_calls: list[ToolCallOut]
    answered_by: str


class ConversationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    created_at: datetime
    updated_at: datetime


class MessageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    conversation_id: int
    role: str
    content: str
    tool_calls: list[ToolCallOut]
    answered_by: str | None
    created_at: datetime


@router.post("/chat", response_model=ChatOut, responses={404: {}, 429: {}, 502: {}})
async def chat(request: Request, owner: OwnerDep, sessions: SessionsDep, body: ChatIn) -> Any:
    """One turn of a conversation, a new one without `conversation_id`.

    A 502 or 503 names the conversation too: the message and every tool call made are stored in it.
    """
    state = request.app.state
    await state.rate_limits.check("chat", str(owner.id))
    assistant = Chat(
        sessions,
        state.model,
        state.metrics,
        mcp_url=state.settings.mcp_url,
        budget_seconds=state.settings.chat_budget_seconds,
    )
    seconds = int(state.settings.chat_budget_seconds) + TOKEN_SPARE_SECONDS
    token = state.keyring.assistant_token(owner.id, seconds)
    with state.open_turns.one():
        return await assistant.say(owner.id, token, body.conversation_id, body.message)


@router.get("/conversations", response_model=list[ConversationOut])
async def list_conversations(
    owner: OwnerDep, session: SessionDep, query: Annotated[ConversationsQuery, Query()]
) -> Any:
    return await store.list_conversations(session, owner.id, limit=query.limit, offset=query.offset)


@router.get("/conversations/{conversation_id}/messages", response_model=list[MessageOut])
async def list_messages(
    owner: OwnerDep,
    session: SessionDep,
    conversation_id: int,
    query: Annotated[MessagesQuery, Query()],
) -> Any:
    """Oldest first; the next page starts after the last id of this one."""
    conversation = await store.find_conversation(session, owner.id, conversation_id)
    return await store.list_messages(session, conversation.id, limit=query.limit, after=query.after)
