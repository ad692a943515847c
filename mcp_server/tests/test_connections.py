"""Calls of the API whose connection fails."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import anyio
import pytest
from conftest import closed_port

from todo_mcp.api import Api, OutcomeUnknown, Unavailable, User

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"id": "ada"}'


class AnswersOnce:
    """An API that answers one request on each connection, and ends it when the next one arrives, as a server
    does that closes an idle connection at that moment."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (ANSWER, b""):
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head.split()[0].decode())
            writer.write(answer)
        writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Api]:
        async with await asyncio.start_server(self.serve, "127.0.0.1", 0) as server:
            api = Api.at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            try:
                yield api
            finally:
                await api.close()


@pytest.mark.anyio
async def test_reading_is_repeated_where_a_kept_connection_ends_without_an_answer() -> None:
    server = AnswersOnce()
    async with server.running() as api:
        assert await api.user("token") == User(id="ada")
        assert await api.user("token") == User(id="ada")
    assert server.requests == ["GET", "GET", "GET"]


@pytest.mark.anyio
async def test_a_change_is_never_repeated_as_the_api_may_have_made_it() -> None:
    server = AnswersOnce()
    async with server.running() as api:
        assert await api.user("token") == User(id="ada")
        with pytest.raises(OutcomeUnknown, match="does not answer"):
            await api.add("token", {"title": "Once"})
    assert server.requests == ["GET", "POST"]


@pytest.mark.anyio
async def test_a_change_that_was_not_sent_is_known_not_to_be_made() -> None:
    api = Api.at(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(Unavailable, match="does not answer"):
        await api.add("token", {"title": "Never"})
    await api.close()


class ListensAfterRefusal(logging.Handler):
    """Listens from the moment on in which the client's first attempt was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.port = closed_port()
        self.listener: socket.socket | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.listener is None and "connect_tcp.failed" in record.getMessage():
            self.listener = socket.create_server(("127.0.0.1", self.port))
            self.listener.setblocking(False)


@contextmanager
def listening_after_refusal() -> Iterator[ListensAfterRefusal]:
    log = logging.getLogger("httpcore2.connection")
    handler, level = ListensAfterRefusal(), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        if handler.listener:
            handler.listener.close()


@pytest.mark.anyio
async def test_a_refused_connection_is_tried_again_for_every_method() -> None:
    with listening_after_refusal() as refusing:
        api = Api.at(f"http://127.0.0.1:{refusing.port}")
        adding = asyncio.create_task(api.add("token", {"title": "Once"}))
        while refusing.listener is None:
            await asyncio.sleep(0)
        with anyio.fail_after(30):
            connection, _ = await asyncio.get_running_loop().sock_accept(refusing.listener)
        reader, writer = await asyncio.open_connection(sock=connection)
        await reader.readuntil(b"\r\n\r\n")
        task = b'{"id": 1, "title": "Once", "completed": false}'
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(task), task))
        assert (await adding).title == "Once"
        writer.close()
        await api.close()
