"""REST for a turn with the assistant: /api/{user_id}/chat."""

from datetime import UTC
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app import problems
from app.auth.identity import Caller, OwnerDep, get_person
from app.bodies import Body
from app.chat import approvals
from app.chat.conversation import Chat, Exchange
from app.chat.events import Event, Tell, nobody
from app.chat.shapes import ApprovalOut, MessageId, ToolCallOut
from app.chat.stream import EventStream
from app.db import MAX_ID, Sessions
from app.dependencies import SessionsDep
from app.wording import Text

router = APIRouter(prefix="/api/{user_id}", tags=["chat"], dependencies=[Depends(get_person)])

MESSAGE_MAX = 4000
TOKEN_SPARE_SECONDS = 30
"""The assistant's token outlives the longest turn by this."""


def _is_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, LookupError, OSError):  # a folder of zones is no zone either
        raise ValueError("must be a time zone's IANA name, such as Europe/Berlin") from None
    return name


TimeZone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_is_time_zone)]


class ButtonIn(Body):
    id: int
    accept: bool


class ChatIn(Body):
    """Something said, or the answer to the question of an approval by its button."""

    conversation_id: int | None = None
    after: Annotated[
        MessageId | None,
        Field(
            description="the last message that the client shows; 409 if anything was said after it elsewhere"
        ),
    ] = None
    message: Annotated[Text, Field(min_length=1, max_length=MESSAGE_MAX)] | None = None
    approval: ButtonIn | None = None
    time_zone: Annotated[
        TimeZone | None, Field(description="of the user, as in Europe/Berlin; without it dates are of UTC")
    ] = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.message is None) == (self.approval is None):
            raise ValueError("give either message or approval")
        if self.approval is not None and self.conversation_id is None:
            raise ValueError("approval needs the conversation_id of its question")
        if self.after is not None and self.conversation_id is None:
            raise ValueError("after needs the conversation_id of its message")
        return self

    @property
    def said(self) -> str | approvals.Button:
        if self.approval is None:
            return self.message or ""
        return approvals.Button(
            self.approval.id if 0 < self.approval.id <= MAX_ID else 0, self.approval.accept
        )


class ChatOut(BaseModel):
    """`approval` is what the response asks about, where it asks for a yes."""

    model_config = ConfigDict(from_attributes=True)

    conversation_id: int
    response: str
    tool_calls: list[ToolCallOut]
    answered_by: str
    approval: ApprovalOut | None


@router.post("/chat", response_model=ChatOut, responses={404: {}, 409: {}, 429: {}, 502: {}})
async def chat(request: Request, owner: OwnerDep, sessions: SessionsDep, body: ChatIn) -> Any:
    """One turn of a conversation, a new one without `conversation_id`.

    A 502 or 503 names the conversation too: the message and every tool call made are stored in it.
    """
    with request.app.state.open_turns.one():
        return await _say(request, owner, sessions, body, nobody)


@router.post(
    "/chat/stream",
    status_code=200,  # else the document takes it from how the class is made, which does not say
    response_class=EventStream,
    responses={
        200: {"description": "The events of the turn.", "content": {"text/event-stream": {}}},
        404: {},
        409: {},
        429: {},
    },
)
async def stream_chat(request: Request, owner: OwnerDep, sessions: SessionsDep, body: ChatIn) -> Any:
    """The same as server-sent events while it happens: start, model, delta, tool_call, tool_result, and one
    of done and error at the end. What fails before the message is stored is answered as by `/chat`. The turn
    ends when the client closes the connection.
    """

    async def turn(tell: Tell) -> None:
        begun = False

        async def note(event: Event) -> None:
            nonlocal begun
            begun = True
            await tell(event)

        with request.app.state.open_turns.one():
            try:
                exchange = await _say(request, owner, sessions, body, note)
                done = ChatOut.model_validate(exchange, from_attributes=True)
                await tell(Event("done", done.model_dump(mode="json")))
            except Exception as error:
                if not begun:
                    raise
                await tell(Event("error", problems.document_of(request, error)))

    return EventStream(turn)


async def _say(request: Request, owner: Caller, sessions: Sessions, body: ChatIn, tell: Tell) -> Exchange:
    state = request.app.state
    state.rate_limits.check("chat", str(owner.id))
    assistant = Chat(
        sessions,
        state.models,
        state.metrics,
        mcp_url=state.settings.mcp_url,
        budget_seconds=state.settings.chat_budget_seconds,
    )
    seconds = int(state.settings.chat_budget_seconds) + TOKEN_SPARE_SECONDS
    token = state.keyring.assistant_token(owner.id, seconds)
    zone = ZoneInfo(body.time_zone) if body.time_zone else UTC
    return await assistant.say(owner.id, token, body.conversation_id, body.said, tell, zone, body.after)
