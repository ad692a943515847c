"""The todo REST API as the tools need it. Every call is made with the caller's own token."""

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import httpx2
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, TypeAdapter, ValidationError

from todo_mcp import request_ids

Status = Literal["all", "pending", "completed"]
Priority = Literal["none", "low", "medium", "high"]

POOL_SECONDS = 3
"""An idle connection is kept for so long: not until its server closes it, maybe while a request is sent."""
CONNECT_RETRIES = 3
"""Of refused connections, within 1.5 s: longer than a node takes to learn that a pod has come or gone."""
NOT_SENT = httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout


class Unavailable(Exception):
    """The API does not answer, or not as agreed. The message is fit for a user."""


class OutcomeUnknown(Exception):
    """A change was sent, and what came of it is not told: the API may have made it. The message says why."""


class Refused(Exception):
    """The API understood and said no: its status and its reason."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class User(BaseModel):
    id: str


class Task(BaseModel):
    id: int
    title: str
    description: str = ""
    completed: bool
    completed_at: str | None = None
    priority: Priority = "none"
    tags: list[str] = []
    due_at: str | None = None


_tracer = trace.get_tracer("todo-mcp-server.api")

T = TypeVar("T")
_user = TypeAdapter(User)
_task = TypeAdapter(Task)
_tasks = TypeAdapter(list[Task])


@dataclass(frozen=True)
class Api:
    """One connection pool for the process; `close` it at the end."""

    client: httpx2.AsyncClient

    @classmethod
    def at(cls, url: str) -> "Api":
        limits = httpx2.Limits(
            max_connections=100, max_keepalive_connections=20, keepalive_expiry=POOL_SECONDS
        )
        transport = httpx2.AsyncHTTPTransport(limits=limits, retries=CONNECT_RETRIES)
        timeout = httpx2.Timeout(10, connect=3)
        # Proxy variables are for the way out of the cluster, and this is a call within it.
        return cls(httpx2.AsyncClient(base_url=url, timeout=timeout, transport=transport, trust_env=False))

    async def close(self) -> None:
        await self.client.aclose()

    async def user(self, token: str) -> User:
        """Whose token this is; `Refused` with 401 for one that is not valid."""
        return _parsed(_user, await self._send(token, "GET", "/api/auth/me"))

    async def tasks(self, token: str, limit: int, **filters: str) -> tuple[list[Task], int]:
        """The newest `limit` tasks that fit the filters, 200 at most, and how many there are."""
        query: dict[str, str | int] = {**filters, "limit": limit, "count": "true"}
        answer = await self._send(token, "GET", "/api/me/tasks", params=query)
        tasks = _parsed(_tasks, answer)
        return tasks, int(answer.headers.get("X-Total-Count", len(tasks)))

    async def get(self, token: str, task_id: int) -> Task:
        return _parsed(_task, await self._send(token, "GET", f"/api/me/tasks/{task_id}"))

    async def add(self, token: str, fields: dict[str, Any], idempotency_key: str | None = None) -> Task:
        """The same key again gives the task that it added before."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return _parsed(_task, await self._send(token, "POST", "/api/me/tasks", headers, json=fields))

    async def change(self, token: str, task_id: int, fields: dict[str, Any]) -> Task:
        return _parsed(_task, await self._send(token, "PATCH", f"/api/me/tasks/{task_id}", json=fields))

    async def complete(self, token: str, task_id: int, completed: bool) -> Task:
        path = f"/api/me/tasks/{task_id}/complete"
        return _parsed(_task, await self._send(token, "PATCH", path, json={"completed": completed}))

    async def delete(self, token: str, task_id: int) -> None:
        await self._send(token, "DELETE", f"/api/me/tasks/{task_id}")

    async def restore(self, token: str, task_id: int) -> Task:
        return _parsed(_task, await self._send(token, "POST", f"/api/me/tasks/{task_id}/restore"))

    async def _send(
        self, token: str, method: str, path: str, headers: dict[str, str] | None = None, **content: Any
    ) -> httpx2.Response:
        with _tracer.start_as_current_span(f"{method} backend", kind=SpanKind.CLIENT, record_exception=False):
            carried = {**(headers or {}), **request_ids.headers()}
            propagate.inject(carried)
            content["headers"] = {**carried, "Authorization": f"Bearer {token}"}
            return await self._answered(method, path, content)

    async def _answered(self, method: str, path: str, content: dict[str, Any]) -> httpx2.Response:
        try:
            answer = await self._request(method, path, content)
        except httpx2.RequestError as error:
            reason = f"the todo API does not answer ({type(error).__name__})"
            if isinstance(error, NOT_SENT):
                raise Unavailable(f"{reason}; try again shortly") from error
            raise _failure(method, reason) from error
        if answer.is_success:
            return answer
        if answer.is_client_error:
            raise Refused(answer.status_code, _detail(answer))
        # A 503 of the API itself is no exception: its database may have gone away in the middle of a commit.
        raise _failure(method, f"the todo API answered {answer.status_code}")

    async def _request(self, method: str, path: str, content: dict[str, Any]) -> httpx2.Response:
        try:
            return await self.client.request(method, path, **content)
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            # The connection ended without an answer. A change may have been made; reading may be repeated.
            if method != "GET":
                raise
            return await self.client.request(method, path, **content)


def _parsed(shape: TypeAdapter[T], answer: httpx2.Response) -> T:
    try:
        return shape.validate_json(answer.content)
    except ValidationError as error:
        request = answer.request
        reason = f"the todo API answered {request.url.path} with something else than agreed"
        raise _failure(request.method, reason) from error


def _failure(method: str, reason: str) -> Unavailable | OutcomeUnknown:
    """What a request has come to that was sent and has no usable answer."""
    return Unavailable(f"{reason}; try again shortly") if method == "GET" else OutcomeUnknown(reason)


def _detail(answer: httpx2.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    return detail if isinstance(detail, str) else f"the todo API answered {answer.status_code}"
