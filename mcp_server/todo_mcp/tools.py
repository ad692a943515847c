"""The tools. What fails raises, with words from which a model can correct its next call."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from mcp import MCPError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import INTERNAL_ERROR, ToolAnnotations
from pydantic import BaseModel

from todo_mcp.api import Api, OutcomeUnknown, Refused, Status, Task, Unavailable
from todo_mcp.arguments import (
    Description,
    DueOrNone,
    Key,
    Moment,
    Tag,
    Tags,
    TaskId,
    TaskPriority,
    Title,
    UserId,
    Words,
)
from todo_mcp.auth import caller

LISTED = 200
"""Tasks that a list has at most, one page of the API: every turn of a chat may send and store them."""
SUGGESTED = 10

Effect = Literal["created", "completed", "reopened", "deleted", "restored", "updated"]


class TaskList(BaseModel):
    tasks: list[Task]
    total: int


class Outcome(BaseModel):
    task_id: int
    status: Effect
    title: str

    @classmethod
    def of(cls, task: Task, status: Effect) -> "Outcome":
        return cls(task_id=task.id, status=status, title=task.title)


def make_tools(api: Api) -> list[Tool]:
    """The tools, working through `api`."""
    tools: list[Tool] = []

    def tool(title: str, **hints: bool) -> Callable[[Callable[..., Any]], None]:
        def add(function: Callable[..., Any]) -> None:
            tools.append(Tool.from_function(function, title=title, annotations=_hints(**hints)))

        return add

    @tool("Add a task", idempotent=False)
    async def add_task(
        title: Title,
        description: Description = "",
        priority: TaskPriority = "none",
        tags: Tags | None = None,
        due_at: Moment | None = None,
        idempotency_key: Key = None,
        user_id: UserId = None,
    ) -> Outcome:
        """Add one task to the user's list."""
        token = _token(user_id)
        fields = {"title": title, "description": description, "priority": priority}
        fields |= _given(tags=tags, due_at=due_at)
        async with _told(api, token):
            return Outcome.of(await api.add(token, fields, idempotency_key), "created")

    @tool("List tasks", read_only=True)
    async def list_tasks(status: Status = "all", user_id: UserId = None) -> TaskList:
        """List the user's tasks: all of them, the pending (open) ones, or the completed ones.

        Newest first, 200 at most; `total` says how many there are. Deleted ones are not listed.
        """
        return await _found(api, _token(user_id), status=status)

    @tool("Search tasks", read_only=True)
    async def search_tasks(
        words: Words = "",
        status: Status = "all",
        priority: TaskPriority | None = None,
        tag: Tag | None = None,
        due_after: Moment | None = None,
        due_before: Moment | None = None,
        user_id: UserId = None,
    ) -> TaskList:
        """Find tasks by words, priority, tag or due date; what is given must all fit.

        Newest first, or the next due first where a due date is given; 200 at most, and `total` says how many
        there are. Deleted ones are not found.
        """
        given = _given(priority=priority, tag=tag, due_after=due_after, due_before=due_before)
        if due_after is not None or due_before is not None:
            given["sort"] = "due_date"
        return await _found(api, _token(user_id), q=words, status=status, **given)

    @tool("Complete a task")
    async def complete_task(task_id: TaskId, user_id: UserId = None) -> Outcome:
        """Mark a task as completed. One that already is stays so."""
        token = _token(user_id)
        async with _told(api, token, task_id):
            return Outcome.of(await api.complete(token, task_id, True), "completed")

    @tool("Reopen a task")
    async def reopen_task(task_id: TaskId, user_id: UserId = None) -> Outcome:
        """Mark a completed task as not done. One that is open stays so."""
        token = _token(user_id)
        async with _told(api, token, task_id):
            return Outcome.of(await api.complete(token, task_id, False), "reopened")

    @tool("Delete a task", destructive=True)
    async def delete_task(task_id: TaskId, user_id: UserId = None) -> Outcome:
        """Delete a task; restore_task brings it back.

        If the user gave its title, find its number with list_tasks first.
        """
        token = _token(user_id)
        async with _told(api, token, task_id):
            task = await api.get(token, task_id)
            await api.delete(token, task_id)
            return Outcome.of(task, "deleted")

    @tool("Restore a deleted task")
    async def restore_task(task_id: TaskId, user_id: UserId = None) -> Outcome:
        """Bring a deleted task back as it was, with its number. One that is not deleted stays as it is."""
        token = _token(user_id)
        async with _told(api, token, task_id):
            return Outcome.of(await api.restore(token, task_id), "restored")

    @tool("Change a task", destructive=True)
    async def update_task(
        task_id: TaskId,
        title: Title | None = None,
        description: Description | None = None,
        priority: TaskPriority | None = None,
        tags: Tags | None = None,
        due_at: DueOrNone | None = None,
        user_id: UserId = None,
    ) -> Outcome:
        """Change a task's title, description, priority, tags (all of them) or due date.

        What is not given stays.
        """
        token = _token(user_id)
        fields = _given(title=title, description=description, priority=priority, tags=tags)
        if due_at is not None:
            fields["due_at"] = due_at or None
        if not fields:
            raise ToolError("Nothing to change: give title, description, priority, tags or due_at.")
        async with _told(api, token, task_id):
            return Outcome.of(await api.change(token, task_id, fields), "updated")

    return tools


def _hints(*, read_only: bool = False, destructive: bool = False, idempotent: bool = True) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=read_only,
        destructive_hint=destructive,
        idempotent_hint=idempotent,
        open_world_hint=False,
    )


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _token(user_id: str | None) -> str:
    """The caller's token. An argument never decides for whom a tool acts; it may only agree."""
    verified = caller()
    if user_id not in (None, "me", verified.subject):
        raise ToolError(f"user_id {user_id!r} is not the signed-in user; leave user_id out.")
    return verified.token


async def _found(api: Api, token: str, **filters: str) -> TaskList:
    async with _told(api, token):
        tasks, total = await api.tasks(token, LISTED, **filters)
        return TaskList(tasks=tasks, total=total)


@asynccontextmanager
async def _told(api: Api, token: str, task_id: int | None = None) -> AsyncIterator[None]:
    """Turns the API's refusals into errors for the model."""
    try:
        yield
    except Unavailable as error:
        raise ToolError(f"Not done: {error}.") from error
    except OutcomeUnknown as error:
        # An error of the protocol: a result would say that the call has failed, so nothing was changed.
        raise MCPError(INTERNAL_ERROR, f"It is not known whether this was done: {error}") from error
    except Refused as refusal:
        if refusal.status == 404 and task_id is not None:
            raise ToolError(f"No task {task_id}. {await _open_tasks(api, token)}") from refusal
        if refusal.status == 401:
            raise ToolError("The user's sign-in has ended; they must sign in again.") from refusal
        raise ToolError(str(refusal)) from refusal


async def _open_tasks(api: Api, token: str) -> str:
    try:
        tasks, total = await api.tasks(token, SUGGESTED, status="pending")
    except (Refused, Unavailable):
        return "Call list_tasks to see the numbers."
    if not tasks:
        return "There are no open tasks."
    more = f", and {total - len(tasks)} more" if total > len(tasks) else ""
    return f"Open tasks: {', '.join(f'{task.id} {task.title}' for task in tasks)}{more}."
