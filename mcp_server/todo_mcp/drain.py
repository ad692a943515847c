"""Runs a server that ends without losing requests that are on their way to it.

First it says so at /ready; then it accepts no more connections, and closes each once it has answered on it.
"""

import asyncio
import contextlib
import json
import signal
import sys
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn

UNREADY_SECONDS = 2
"""For so long after SIGTERM all is served but /ready, which answers 503: who balances by that sends no more.
TODO_UNREADY_SECONDS changes it."""
LOOK_AGAIN_SECONDS = 0.05
DRAIN_SECONDS = 30
"""Requests under way get this long after SIGTERM; less than the pod's grace period, so that they end by
themselves."""
IDLE_SECONDS = 10
"""An idle connection stays open for so long after SIGTERM; longer than clients of ours keep one."""
KEEP_ALIVE_SECONDS = 65
"""As long before SIGTERM. Longer than the idle time of common load balancers, so that they, not we, close a
connection first: a request sent on one that we close at that moment would be lost."""

CLOSE = (b"connection", b"close")


class Server(uvicorn.Server):
    """At its end, uvicorn's server closes the connections that are idle, although a client may be sending a
    request on one. This one answers the next request on each with `Connection: close`, and closes those that
    stay idle for `idle_seconds`."""

    def __init__(
        self, config: uvicorn.Config, idle_seconds: float = IDLE_SECONDS, unready_seconds: float = 0
    ) -> None:
        super().__init__(config)
        config.load()
        config.loaded_app = Ready(config.loaded_app, self)
        self._unready_seconds = unready_seconds
        self._hurried = False
        config.http_protocol_class = type(
            "DrainingProtocol", (Draining, config.http_protocol_class), {"idle_seconds": idle_seconds}
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ctrl+C, or a second signal, does not wait for those who balance."""
        self._hurried = self.should_exit or sig == signal.SIGINT
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: Any = None) -> None:
        until = monotonic() + self._unready_seconds
        while monotonic() < until and not self._hurried:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        await super().shutdown(sockets)


class Ready:
    """Goes before the application: answers /ready once the server is about to end."""

    def __init__(self, app: Any, server: uvicorn.Server) -> None:
        self.app = app
        self.server = server

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not (self.server.should_exit and scope["type"] == "http" and scope["path"] == "/ready"):
            await self.app(scope, receive, send)
            return
        detail = "This process is shutting down."
        body = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": detail}
        data = json.dumps(body).encode()
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(data))]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": data})


class Draining:
    """Goes before a protocol of uvicorn's: its connection outlives the next request."""

    idle_seconds: float
    loop: Any
    cycle: Any
    server_state: Any
    timeout_keep_alive: float
    timeout_keep_alive_task: Any
    timeout_keep_alive_handler: Any

    def shutdown(self) -> None:
        """The server calls it once, when it begins to end."""
        self.timeout_keep_alive = self.idle_seconds
        if self.cycle is not None and not self.cycle.response_complete:
            # Its answer has these headers, unless that has begun; then the connection goes on.
            self.cycle.default_headers = self.server_state.default_headers
        elif self.cycle is None or self.timeout_keep_alive_task is not None:
            if self.timeout_keep_alive_task is not None:
                self.timeout_keep_alive_task.cancel()
            # Whatever arrives cancels it.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )


def run(app: Any, port: int, unready_seconds: float) -> None:
    """Serve an application, or the one that `module:attribute` names, until it has drained after SIGTERM."""
    server = Server(
        uvicorn.Config(
            app,
            host="0.0.0.0",
            port=port,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            server_header=False,
            log_config=None,
        ),
        unready_seconds=unready_seconds,
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(3)
