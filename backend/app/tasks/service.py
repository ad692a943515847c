"""Operations on one user's tasks; each write is one statement, so concurrent requests cannot interleave."""

from collections.abc import Collection, Sequence
from typing import Any, Literal, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, not_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import MAX_ID
from app.errors import Conflict, NotFound
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


async def create(
    session: AsyncSession, user_id: UUID, *, title: str, description: str, idempotency_key: str | None = None
) -> Task:
    """A new task; the one that was made with the same key before, as it is now, where there is one."""
    values = {
        "user_id": user_id,
        "title": title,
        "description": description,
        "idempotency_key": idempotency_key,
    }
    made: Task | None = await session.scalar(
        insert(Task)
        .values(values)
        .on_conflict_do_nothing(index_elements=["user_id", "idempotency_key"])
        .returning(Task)
    )
    if made is not None:
        return made
    same_key = (Task.user_id == user_id, Task.idempotency_key == idempotency_key)
    task: Task | None = await session.scalar(select(Task).where(*same_key))
    if task is None:
        raise Conflict("The task of this Idempotency-Key is being deleted. Ask for its list, then try again.")
    return task


async def get_several(session: AsyncSession, user_id: UUID, ids: Collection[int]) -> Sequence[Task]:
    """Those of the tasks that the user has."""
    wanted = [task_id for task_id in ids if 0 < task_id <= MAX_ID]
    if not wanted:
        return []
    return (await session.scalars(select(Task).where(Task.user_id == user_id, Task.id.in_(wanted)))).all()


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
