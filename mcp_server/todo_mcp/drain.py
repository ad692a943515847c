"""Runs a server that ends without losing requests that are on their way to it."""

import contextlib
import sys
from typing import Any

import uvicorn

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

    def __init__(self, config: uvicorn.Config, idle_seconds: float = IDLE_SECONDS) -> None:
        super().__init__(config)
        config.load()
        config.http_protocol_class = type(
            "DrainingProtocol", (Draining, config.http_protocol_class), {"idle_seconds": idle_seconds}
        )

    async def shutdown(self, sockets: Any = None) -> None:
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        await super().shutdown(sockets)


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


def run(app: Any, port: int) -> None:
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
        )
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(3)
