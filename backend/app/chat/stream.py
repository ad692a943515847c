"""Sends what happens in a turn as server-sent events, one JSON object each."""

import json
from collections.abc import Awaitable, Callable

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.chat.events import Event, Tell


class EventStream(Response):
    """Runs a turn, which ends when the client goes. It is to catch what it raises once it has told something.

    The status is sent with the first event: what a turn raises before is answered as of any other route.
    """

    def __init__(self, turn: Callable[[Tell], Awaitable[None]]) -> None:
        super().__init__(headers={"cache-control": "no-store"}, media_type="text/event-stream")
        del self.headers["content-length"]
        self._turn = turn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def tell(event: Event) -> None:
            nonlocal started
            if not started:
                started = True
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            text = f"event: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

        async def until_gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        failure: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(until_gone)
            try:
                await self._turn(tell)
            except Exception as error:  # not through the group, which would wrap it
                failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if started:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
