"""Refuses a body that is too long for any request, as a problem document like every other error."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import problem

MAX_BODY_BYTES = 128 * 1024
TOO_LONG = f"The body is longer than the {MAX_BODY_BYTES} bytes that any request needs."


class BodyLimit:
    """By its announced length before anything is read, else when more has come."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
            await problem(413, TOO_LONG)(scope, receive, send)
            return
        length = 0

        async def limited() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > MAX_BODY_BYTES:
                raise HTTPException(413, TOO_LONG)
            return message

        await self.app(scope, limited, send)
