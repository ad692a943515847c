"""The todo REST API as the tools need it. Every call is made with the caller's own token."""

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

Status = Literal["all", "pending", "completed"]


class Unavailable(Exception):
    """The API does not answer, or not as agreed. The message is fit for a user."""


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
        # Proxy variables are for the way out of the cluster, and this is a call within it.
        return cls(httpx2.AsyncClient(base_url=url, timeout=httpx2.Timeout(10, connect=3), trust_env=False))

    async def close(self) -> None:
        await self.client.aclose()

    async def user(self, token: str) -> User:
        """Whose token this is; `Refused` with 401 for one that is not valid."""
        return _parsed(_user, await self._send(token, "GET", "/api/auth/me"))

    async def tasks(self, token: str, status: Status, limit: int) -> tuple[list[Task], int]:
        """The newest `limit` tasks of that status, 200 at most, and how many there are."""
        query = {"status": status, "limit": limit}
        answer = await self._send(token, "GET", "/api/me/tasks", params=query)
        tasks = _parsed(_tasks, answer)
        return tasks, int(answer.headers.get("X-Total-Count", len(tasks)))

    async def get(self, token: str, task_id: int) -> Task:
        return _parsed(_task, await self._send(token, "GET", f"/api/me/tasks/{task_id}"))

    async def add(self, token: str, fields: dict[str, Any]) -> Task:
        return _parsed(_task, await self._send(token, "POST", "/api/me/tasks", json=fields))

    async def change(self, token: str, task_id: int, fields: dict[str, Any]) -> Task:
        return _parsed(_task, await self._send(token, "PATCH", f"/api/me/tasks/{task_id}", json=fields))

    async def complete(self, token: str, task_id: int) -> Task:
        path = f"/api/me/tasks/{task_id}/complete"
        return _parsed(_task, await self._send(token, "PATCH", path, json={"completed": True}))

    async def delete(self, token: str, task_id: int) -> None:
        await self._send(token, "DELETE", f"/api/me/tasks/{task_id}")

    async def _send(self, token: str, method: str, path: str, **content: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = await self.client.request(method, path, headers=headers, **content)
        except httpx2.TransportError as error:
            raise Unavailable(
                f"the todo API does not answer ({type(error).__name__}); try again shortly"
            ) from error
        if answer.is_success:
            return answer
        if answer.is_client_error:
            raise Refused(answer.status_code, _detail(answer))
        raise Unavailable(f"the todo API answered {answer.status_code}; try again shortly")


def _parsed(shape: TypeAdapter[T], answer: httpx2.Response) -> T:
    try:
        return shape.validate_json(answer.content)
    except ValidationError as error:
        path = answer.request.url.path
        raise Unavailable(f"the todo API answered {path} with something else than agreed") from error


def _detail(answer: httpx2.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    return detail if isinstance(detail, str) else f"the todo API answered {answer.status_code}"
