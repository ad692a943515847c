"""The backend and the real MCP server on free ports, calling each other over HTTP."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp
from todo_mcp.main import create_app as create_mcp_app
from todo_mcp.settings import Settings as McpSettings

from app.application import create_app
from app.settings import Settings

KEYS = "test:" + "k" * 32


@dataclass(frozen=True)
class Person:
    """A signed-up user and a client that sends their token."""

    id: str
    token: str
    http: httpx2.Client

    def add(self, title: str, **fields: Any) -> dict[str, Any]:
        task: dict[str, Any] = self.ok(self.http.post("/api/me/tasks", json={"title": title, **fields}))
        return task

    def titles(self, **query: Any) -> list[str]:
        return [task["title"] for task in self.ok(self.http.get("/api/me/tasks", params=query))]

    def say(self, message: str, conversation_id: int | None = None) -> dict[str, Any]:
        body = {"message": message, "conversation_id": conversation_id}
        answer: dict[str, Any] = self.ok(self.http.post("/api/me/chat", json=body))
        return answer

    def messages(self, conversation_id: int) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = self.ok(
            self.http.get(f"/api/me/conversations/{conversation_id}/messages")
        )
        return answer

    @staticmethod
    def ok(response: httpx2.Response) -> Any:
        assert response.is_success, response.text
        return response.json()


@dataclass(frozen=True)
class Stack:
    url: str
    app: FastAPI
    http: httpx2.Client

    def sign_up(self, name: str = "Ada") -> Person:
        email = f"{uuid.uuid4().hex}@todo.test"
        body = {"email": email, "password": "a long password", "name": name}
        account = Person.ok(self.http.post("/api/auth/register", json=body))
        token = account["access_token"]
        http = httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        return Person(account["user"]["id"], token, http)


@contextmanager
def running_stack(database_url: str, *, drain_seconds: int = 5, **settings: Any) -> Iterator[Stack]:
    """`settings` are fields of Settings; mcp_url defaults to a real MCP server for this backend."""
    with ExitStack() as stack:
        backend_socket = stack.enter_context(listening())
        url = _url(backend_socket)
        if "mcp_url" not in settings:
            mcp_socket = stack.enter_context(listening())
            mcp_app = create_mcp_app(McpSettings.model_validate({"TODO_API_URL": url}))
            stack.enter_context(serving(mcp_app, mcp_socket))
            settings["mcp_url"] = f"{_url(mcp_socket)}/mcp"
        rates = {name: "1000/second" for name in ("account_rate", "address_rate", "chat_rate")}
        fields = {"database_url": database_url, "jwt_keys": KEYS, **rates, **settings}
        app = create_app(Settings.load(**fields))
        stack.enter_context(serving(app, backend_socket, drain_seconds))
        http = stack.enter_context(httpx2.Client(base_url=url, timeout=60))
        yield Stack(url, app, http)


@contextmanager
def serving(app: ASGIApp, listener: socket.socket | None = None, drain_seconds: int = 5) -> Iterator[str]:
    """The URL of the app while a thread serves it. Calls wait in the listener's queue until it is up."""
    with ExitStack() as stack:
        listener = listener or stack.enter_context(listening())
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=drain_seconds)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join()


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


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=128)


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
