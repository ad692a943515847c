"""Servers on free ports, and signed-in users who call the tools over HTTP with the official client.

TODO_TEST_API_URL runs the same tests against a backend that is already there.
"""

import os
import socket
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent
from starlette.types import ASGIApp
from todo_api import TodoApi

from todo_mcp.main import create_app
from todo_mcp.settings import Settings


class _Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, options: dict[str, Any]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning", **options))
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextmanager
def serving(app: ASGIApp, **options: Any) -> Iterator[str]:
    """The app's URL while it is served from a thread. `options` are uvicorn's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Server(app, options)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert server.up.wait(20), "the test server did not start"
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


def closed_port() -> int:
    """A port of this machine where nobody listens until a test does.

    It stays bound to the end of this process: the system gives it to nobody who asks for any free port, as
    the tests in another process may do at that moment, and a server can still take it by its number.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = int(holder.getsockname()[1])
    holder.detach()
    return port


@dataclass(frozen=True)
class Person:
    """A signed-in user; `tools` opens an MCP connection of theirs."""

    id: str
    token: str
    url: str

    @asynccontextmanager
    async def tools(self, **options: Any) -> AsyncIterator[Client]:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, timeout=20) as http,
            Client(streamable_http_client(self.url, http_client=http), **options) as client,
        ):
            yield client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured result of a call that must succeed."""
        result = await self._call(tool, arguments)
        assert not result.is_error, text_of(result)
        content: dict[str, Any] = result.structured_content
        return content

    async def refused(self, tool: str, **arguments: Any) -> str:
        """The words of a call that must fail."""
        result = await self._call(tool, arguments)
        assert result.is_error, result
        return text_of(result)

    async def _call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        async with self.tools() as client:
            return await client.call_tool(tool, arguments)


def text_of(result: CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, TextContent)
    return block.text


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def todo_api() -> TodoApi:
    return TodoApi()


@pytest.fixture(scope="session")
def api_url(todo_api: TodoApi) -> Iterator[str]:
    if given := os.environ.get("TODO_TEST_API_URL"):
        yield given
        return
    with serving(todo_api.app()) as url:
        yield url


@pytest.fixture(scope="session")
def mcp_url(api_url: str) -> Iterator[str]:
    settings = Settings.model_validate(
        {"TODO_API_URL": api_url, "TODO_MCP_ALLOWED_HOSTS": "mcp-service,tools.example.org:443"}
    )
    with serving(create_app(settings)) as url:
        yield f"{url}/mcp"


def sign_up(api_url: str, mcp_url: str) -> Person:
    account = {"email": f"{uuid.uuid4().hex}@example.org", "password": uuid.uuid4().hex}
    answer = httpx2.post(f"{api_url}/api/auth/register", json=account, timeout=20).raise_for_status().json()
    return Person(id=answer["user"]["id"], token=answer["access_token"], url=mcp_url)


@pytest.fixture
def ada(api_url: str, mcp_url: str) -> Person:
    return sign_up(api_url, mcp_url)


@pytest.fixture
def bob(api_url: str, mcp_url: str) -> Person:
    return sign_up(api_url, mcp_url)
