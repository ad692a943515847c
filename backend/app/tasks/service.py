"""Operations on one user's tasks; each write is one statement, so concurrent requests cannot interleave."""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import MAX_ID
from app.errors import NotFound
from app.tasks.model import Task

Status = Literal["all", "pending", "completed"]
Sort = Literal["created", "title"]
Row = TypeVar("Row")


async def list_tasks(
    session: AsyncSession, user_id: UUID, *, status: Status, sort: Sort, limit: int, offset: int
) -> tuple[Sequence[Task], int]:
    """One page, newest first or by title, and the number of tasks on all pages."""
    conditions: list[ColumnElement[bool]] = [Task.user_id == user_id]
    if status != "all":
        conditions.append(Task.completed.is_(status == "completed"))
    order: tuple[Any, ...] = (Task.created_at.desc(), Task.id.desc())
    if sort == "title":
        order = (func.lower(Task.title), Task.id)
    page = await session.scalars(select(Task).where(*conditions).order_by(*order).limit(limit).offset(offset))
    total = await session.scalar(select(func.count()).select_from(Task).where(*conditions))
    return page.all(), total or 0


async def create(session: AsyncSession, user_id: UUID, *, title: str, description: str) -> Task:
    values = {"user_id": user_id, "title": title, "description": description}
    return (await session.scalars(insert(Task).values(values).returning(Task))).one()


async def get(session: AsyncSession, user_id: UUID, task_id: int) -> Task:
    """Raises NotFound for a missing row and for another user's alike."""
    return _found(await session.scalar(select(Task).where(*_own(user_id, task_id))), task_id)


async def change(session: AsyncSession, user_id: UUID, task_id: int, values: dict[str, Any]) -> Task:
    """Set the given columns; with none given the task stays as it is."""
    if not values:
        return await get(session, user_id, task_id)
    statement = update(Task).where(*_own(user_id, task_id)).values(values).returning(Task)
    return _found(await session.scalar(statement), task_id)


async def complete(session: AsyncSession, user_id: UUID, task_id: int, completed: bool | None) -> Task:
    """Set `completed`, or flip it where None."""
    value = not_(Task.completed) if completed is None else completed
    return await change(session, user_id, task_id, {"completed": value})


async def remove(session: AsyncSession, user_id: UUID, task_id: int) -> None:
    _found(await session.scalar(delete(Task).where(*_own(user_id, task_id)).returning(Task.id)), task_id)


def _own(user_id: UUID, task_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # A number that the column cannot hold is as absent as any other.
    return Task.user_id == user_id, Task.id == (task_id if 0 < task_id <= MAX_ID else 0)


def _found(row: Row | None, task_id: int) -> Row:
    if row is None:
        raise NotFound(f"You have no task {task_id}.")
    return row
