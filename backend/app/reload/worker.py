"""Serves the application as its modules are now, from when the supervisor says so until another worker
takes over."""

import asyncio
import importlib
import logging
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import debugger
from .channel import Message, hear, tell

STREAM_SECONDS = 1.0
"""An answer that has begun may go on for so long after another worker has taken over."""
REQUEST_SECONDS = 30.0
"""A request may wait for its answer for so long after another worker has taken over."""
SETTLE_SECONDS = 0.05
BACKLOG = 2048
FOLDER = Path(__file__).resolve().parent.parent.parent


def serve(app: str, listener: socket.socket, channel: socket.socket) -> int:
    """Serve `module:attribute`; returns the exit status. If it does not load, answer requests with the
    reason, should the supervisor ask for that."""
    tell(channel, {"pid": os.getpid()})
    try:
        module, _, attribute = app.partition(":")
        server = Server(getattr(importlib.import_module(module), attribute), listener, channel)
    except BaseException as error:
        reason = _describe(error)
    else:
        server.run()
        if server.started:
            return 0
        reason = "the application did not start; its log says why"
    Server(_refusal(reason), listener, channel, reason).run()
    return 1


class Server(uvicorn.Server):
    """Accepts nothing before the supervisor says so; with `reason`, `app` only explains why there is none."""

    def __init__(self, app: Any, listener: socket.socket, channel: socket.socket, reason: str = "") -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                loop="asyncio",
                ws="none",
                lifespan="off" if reason else "on",
                timeout_graceful_shutdown=1,
                server_header=False,
                log_config=None,
            )
        )
        # Each save would tell of a process that starts and one that ends.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        self._listener, self._channel, self._reason = listener, channel, reason
        self._adopting = set[asyncio.Task[Any]]()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, tell the supervisor, and wait for its word."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            self.should_exit = True
            return
        loop = asyncio.get_running_loop()
        tell(self._channel, {"failed": self._reason, "modules": _libraries()})
        message, descriptors = await self._message()
        if not message:  # it wants another one, or is gone
            os._exit(1)
        listener = self._listener.dup()
        self.servers = [await loop.create_server(self._protocol, sock=listener, backlog=BACKLOG)]
        self.started = True
        debugger.listen()
        for descriptor in descriptors:
            before = socket.socket(fileno=descriptor)
            loop.add_reader(before, self._adopt, before)
        self._leaving = asyncio.create_task(self._until_replaced())

    async def _message(self) -> tuple[Message, list[int]]:
        loop, arrived = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._channel, arrived.set)
        try:
            await arrived.wait()
        finally:
            loop.remove_reader(self._channel)
        return hear(self._channel)

    def _protocol(self) -> asyncio.Protocol:
        return H11Protocol(self.config, self.server_state, self.lifespan.state)

    def _adopt(self, before: socket.socket) -> None:
        """Take over a connection from the worker before; the requests on it are still to be read."""
        loop = asyncio.get_running_loop()
        message, descriptors = hear(before)
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            connection.setblocking(False)
            task = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
            self._adopting.add(task)
            task.add_done_callback(self._adopting.discard)
        if not message:
            loop.remove_reader(before)
            before.close()

    async def _until_replaced(self) -> None:
        """Accept no more when the supervisor says so, and hand each connection over as soon as nothing is
        under way."""
        message, descriptors = await self._message()
        if not message:
            self.should_exit = self.force_exit = True
            return
        loop = asyncio.get_running_loop()
        # Not closed yet: a connection that was accepted a moment ago still needs its server.
        for listening in self.servers[0].sockets:
            loop.remove_reader(listening.fileno())
        tell(self._channel, {"left": True})
        began = loop.time()
        with socket.socket(fileno=descriptors[0]) as heir:
            heir.settimeout(1)
            while self.server_state.connections or loop.time() < began + SETTLE_SECONDS:
                for connection in list(self.server_state.connections):
                    self._let_go(connection, heir, loop.time() - began)
                await asyncio.sleep(0.005)
        self.should_exit = True

    def _let_go(self, connection: Any, heir: socket.socket, waited: float) -> None:
        transport: asyncio.Transport = connection.transport
        if transport.is_closing():
            return
        if not _is_idle(connection):
            has_begun = connection.cycle is not None and connection.cycle.response_started
            if waited > (STREAM_SECONDS if has_begun else REQUEST_SECONDS):
                transport.close()
            return
        transport.pause_reading()
        try:
            tell(heir, {"connection": True}, [transport.get_extra_info("socket").fileno()])
        except OSError:
            transport.close()  # the other worker is gone
        else:
            transport.abort()  # closes the descriptor of this process; the connection lives on


def _is_idle(connection: Any) -> bool:
    """Whether all that was read is answered, and all that was answered is sent."""
    http = connection.conn
    return (
        http.our_state is h11.IDLE
        and http.their_state is h11.IDLE
        and http.trailing_data == (b"", False)
        and connection.transport.get_write_buffer_size() == 0
    )


def _libraries() -> list[str]:
    """The modules of this process that are not the service's own, in the order of their import."""
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and not Path(file).is_relative_to(FOLDER) and name != "__main__":
            found.append(name)
    return found


def _describe(error: BaseException) -> str:
    """Log an error as Python does, without the frames of this module, and say it in a line with its place."""
    if isinstance(error, SystemExit) and isinstance(error.code, str):
        print(error.code, file=sys.stderr, flush=True)
        return error.code
    trace = error.__traceback__.tb_next if error.__traceback__ else None
    traceback.print_exception(type(error), error, trace)
    own = [one for one in traceback.extract_tb(trace) if Path(one.filename).is_relative_to(FOLDER)]
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own and not isinstance(error, SyntaxError) else ""
    return f"{type(error).__name__}: {error}{place}"  # a SyntaxError names its place


def _refusal(reason: str) -> Any:
    """An application that answers every request with 503 and the reason."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = f"The code as saved does not load: {reason}\n".encode()
        length = str(len(body)).encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
