"""The tools. What fails raises, with words from which a model can correct its next call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from todo_mcp.api import Api, Refused, Status, Task, Unavailable
from todo_mcp.auth import caller

LISTED = 200
"""Tasks that list_tasks gives at most, one page of the API: every turn of a chat may send and store them."""
SUGGESTED = 10

UserId = Annotated[
    str | None, Field(description="Not needed: you act for the signed-in user. Only 'me' or their id.")
]
TaskId = Annotated[int, Field(description="The number of the task, from list_tasks.", ge=1)]
Title = Annotated[str, Field(description="Short and in the user's own words.", min_length=1, max_length=200)]
Description = Annotated[str, Field(description="Details, if the user gave any.", max_length=1000)]

Key = Annotated[
    str | None,
    Field(
        description="Optional: repeat a call whose answer got lost with the same key, and it adds once.",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
    ),
]


def _hints(*, read_only: bool = False, destructive: bool = False, idempotent: bool = True) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=read_only,
        destructive_hint=destructive,
        idempotent_hint=idempotent,
        open_world_hint=False,
    )


class TaskList(BaseModel):
    tasks: list[Task]
    total: int


class Outcome(BaseModel):
    task_id: int
    status: Literal["created", "completed", "deleted", "updated"]
    title: str

    @classmethod
    def of(cls, task: Task, status: Literal["created", "completed", "deleted", "updated"]) -> "Outcome":
        return cls(task_id=task.id, status=status, title=task.title)


def register(server: MCPServer[Any], api: Api) -> None:
    """Give `server` the five tools, working through `api`."""

    @server.tool(title="Add a task", annotations=_hints(idempotent=False))
    async def add_task(
        title: Title, description: Description = "", idempotency_key: Key = None, user_id: UserId = None
    ) -> Outcome:
        """Add one task to the user's list."""
        token = _token(user_id)
        fields = {"title": title, "description": description}
        async with _told(api, token):
            return Outcome.of(await api.add(token, fields, idempotency_key), "created")

    @server.tool(title="List tasks", annotations=_hints(read_only=True))
    async def list_tasks(status: Status = "all", user_id: UserId = None) -> TaskList:
        """List the user's tasks: all of them, the pending (open) ones, or the completed ones.

        Newest first, 200 at most; `total` says how many there are.
        """
        token = _token(user_id)
        async with _told(api, token):
            tasks, total = await api.tasks(token, status, LISTED)
            return TaskList(tasks=tasks, total=total)

    @server.tool(title="Complete a task", annotations=_hints())
    async def complete_task(task_id: TaskId, user_id: UserId = None) -> Outcome:
        """Mark a task as completed. One that already is stays so."""
        token = _token(user_id)
        async with _told(api, token, task_id):
            return Outcome.of(await api.complete(token, task_id), "completed")

    @server.tool(title="Delete a task", annotations=_hints(destructive=True))
    async def delete_task(task_id: TaskId, user_id: UserId = None) -> Outcome:
        """Delete a task for good. If the user gave its title, find its number with list_tasks first."""
        token = _token(user_id)
        async with _told(api, token, task_id):
            task = await api.get(token, task_id)
            await api.delete(token, task_id)
            return Outcome.of(task, "deleted")

    @server.tool(title="Change a task", annotations=_hints(destructive=True))
    async def update_task(
        task_id: TaskId,
        title: Title | None = None,
        description: Description | None = None,
        user_id: UserId = None,
    ) -> Outcome:
        """Change a task's title, description or both. What is not given stays."""
        token = _token(user_id)
        given = {"title": title, "description": description}
        fields = {name: value for name, value in given.items() if value is not None}
        if not fields:
            raise ToolError("Nothing to change: give title, description or both.")
        async with _told(api, token, task_id):
            return Outcome.of(await api.change(token, task_id, fields), "updated")


def _token(user_id: str | None) -> str:
    """The caller's token. An argument never decides for whom a tool acts; it may only agree."""
    verified = caller()
    if user_id not in (None, "me", verified.subject):
        raise ToolError(f"user_id {user_id!r} is not the signed-in user; leave user_id out.")
    return verified.token


@asynccontextmanager
async def _told(api: Api, token: str, task_id: int | None = None) -> AsyncIterator[None]:
    """Turns the API's refusals into errors for the model."""
    try:
        yield
    except Unavailable as error:
        raise ToolError(f"Not done: {error}.") from error
    except Refused as refusal:
        if refusal.status == 404 and task_id is not None:
            raise ToolError(f"No task {task_id}. {await _open_tasks(api, token)}") from refusal
        if refusal.status == 401:
            raise ToolError("The user's sign-in has ended; they must sign in again.") from refusal
        raise ToolError(str(refusal)) from refusal


async def _open_tasks(api: Api, token: str) -> str:
    try:
        tasks, total = await api.tasks(token, "pending", SUGGESTED)
    except (Refused, Unavailable):
        return "Call list_tasks to see the numbers."
    if not tasks:
        return "There are no open tasks."
    more = f", and {total - len(tasks)} more" if total > len(tasks) else ""
    return f"Open tasks: {', '.join(f'{task.id} {task.title}' for task in tasks)}{more}."
