"""The id of a request: from its first service on through all that it causes, in their logs and in the answer.

The other Python service has the same file.
"""

import re
import uuid
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
USABLE = re.compile(r"[\w.-]{1,64}", re.ASCII)

current: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; "" outside of one."""


def headers() -> dict[str, str]:
    """For a call of another service."""
    request_id = current.get()
    return {HEADER: request_id} if request_id else {}


class RequestIds:
    """Takes the id that a request brings, or gives it one, and tells it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        brought = Headers(scope=scope).get(HEADER, "")
        request_id = brought if USABLE.fullmatch(brought) else uuid.uuid4().hex
        # Never reset: the server writes its own line on the request later, in the same context.
        current.set(request_id)

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self.app(scope, receive, tell)
