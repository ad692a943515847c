"""REST for what was said: /api/{user_id}/conversations."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.auth.identity import OwnerDep, get_person
from app.bodies import Body
from app.chat import approvals, store
from app.chat.ledger import is_open
from app.chat.shapes import ApprovalOut, MessageId, ToolCallOut
from app.dependencies import SessionDep
from app.paging import CURSOR_MAX, link_next

router = APIRouter(prefix="/api/{user_id}/conversations", tags=["chat"], dependencies=[Depends(get_person)])

PAGE_MAX = 200


class ConversationsQuery(Body):
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 50
    cursor: Annotated[str | None, Field(max_length=CURSOR_MAX, description="from the `Link` header")] = None
    offset: Annotated[
        int,
        Field(
            ge=0,
            le=2**31,
            description="deprecated, the next release refuses it: use `cursor`",
            json_schema_extra={"deprecated": True},
        ),
    ] = 0


class MessagesQuery(Body):
    order: Literal["oldest", "newest"] = "oldest"
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_MAX
    after: Annotated[MessageId, Field(description="only messages with a higher id")] = 0
    before: Annotated[MessageId | None, Field(description="only messages with a lower id")] = None


class ConversationOut(BaseModel):
    """`title` is how the first message begins, `updated_at` the time of the last one."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    created_at: datetime
    updated_at: datetime


class OneConversationOut(ConversationOut):
    """`approval` is what waits for a yes in it; `answering` that its last message may still get an answer, or
    more of it."""

    approval: ApprovalOut | None
    answering: bool


class MessageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    conversation_id: int
    role: str
    content: str
    tool_calls: list[ToolCallOut]
    answered_by: str | None
    created_at: datetime


@router.get("", response_model=list[ConversationOut])
async def list_conversations(
    request: Request,
    owner: OwnerDep,
    session: SessionDep,
    response: Response,
    query: Annotated[ConversationsQuery, Query()],
) -> Any:
    """The one used last comes first. `Link` has the next page where there is one."""
    page = await store.list_conversations(
        session, owner.id, limit=query.limit, cursor=query.cursor, offset=query.offset
    )
    if page.next is not None:
        link_next(request, response, cursor=page.next)
    return page.conversations


@router.get("/{conversation_id}", response_model=OneConversationOut)
async def get_conversation(
    request: Request, owner: OwnerDep, session: SessionDep, conversation_id: int
) -> Any:
    conversation = await store.find_conversation(session, owner.id, conversation_id)
    approval = await approvals.find_open(session, conversation)
    last = await store.last_messages(session, conversation.id, 1)
    budget = timedelta(seconds=request.app.state.settings.chat_budget_seconds)
    return {
        **ConversationOut.model_validate(conversation).model_dump(),
        "approval": approvals.shown(approval) if approval else None,
        "answering": any(is_open(message, budget) for message in last),
    }


@router.delete("/{conversation_id}", status_code=204)
async def delete_conversation(owner: OwnerDep, session: SessionDep, conversation_id: int) -> None:
    """With its messages, for good; what was done in it stays done. A turn under way in it ends."""
    await session.delete(await store.find_conversation(session, owner.id, conversation_id))


@router.get("/{conversation_id}/messages", response_model=list[MessageOut])
async def list_messages(
    request: Request,
    owner: OwnerDep,
    session: SessionDep,
    response: Response,
    conversation_id: int,
    query: Annotated[MessagesQuery, Query()],
) -> Any:
    """`Link` has the next page where there is one: `after` the last id of this one, or `before` it if the
    newest come first."""
    conversation = await store.find_conversation(session, owner.id, conversation_id)
    newest_first = query.order == "newest"
    found = await store.list_messages(
        session,
        conversation.id,
        limit=query.limit + 1,
        after=query.after,
        before=query.before,
        newest_first=newest_first,
    )
    messages = found[: query.limit]
    if len(found) > len(messages):
        link_next(request, response, **{"before" if newest_first else "after": messages[-1].id})
    return messages
