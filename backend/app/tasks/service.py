"""Operations on one user's tasks; each write is one statement, so concurrent requests cannot interleave."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import ColumnElement, delete, not_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import MAX_ID
from app.errors import Conflict, NotFound
from app.tasks.model import DeletedTask, Task

Row = TypeVar("Row")
RESTORED = [column.name for column in Task.__table__.columns]


async def create(
    session: AsyncSession, user_id: UUID, fields: Mapping[str, Any], idempotency_key: str | None = None
) -> Task:
    """A new task; the one that was made with the same key before, as it is now, where there is one."""
    values = {**fields, "user_id": user_id, "idempotency_key": idempotency_key}
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
        raise Conflict(
            "The task of this Idempotency-Key was deleted. Restore it, or use another key to add another."
        )
    return task


async def get_several(
    session: AsyncSession, user_id: UUID, ids: Collection[int]
) -> Sequence[Task | DeletedTask]:
    """Those of the tasks that the user has or has deleted."""
    wanted = [task_id for task_id in ids if 0 < task_id <= MAX_ID]
    if not wanted:
        return []
    found: list[Task | DeletedTask] = []
    for table in (Task, DeletedTask):
        found += await session.scalars(select(table).where(table.user_id == user_id, table.id.in_(wanted)))
    return found


async def get(session: AsyncSession, user_id: UUID, task_id: int) -> Task:
    """Raises NotFound for a missing row and for another user's alike."""
    return _found(await session.scalar(select(Task).where(*_own(Task, user_id, task_id))), task_id)


async def change(session: AsyncSession, user_id: UUID, task_id: int, values: Mapping[str, Any]) -> Task:
    """Set the given columns; with none given the task stays as it is."""
    if not values:
        return await get(session, user_id, task_id)
    statement = update(Task).where(*_own(Task, user_id, task_id)).values(values).returning(Task)
    return _found(await session.scalar(statement), task_id)


async def complete(session: AsyncSession, user_id: UUID, task_id: int, completed: bool | None) -> Task:
    """Set `completed`, or flip it where None."""
    value = not_(Task.completed) if completed is None else completed
    return await change(session, user_id, task_id, {"completed": value})


async def remove(session: AsyncSession, user_id: UUID, task_id: int) -> None:
    """The task can be restored: a trigger keeps it among the deleted ones."""
    statement = delete(Task).where(*_own(Task, user_id, task_id)).returning(Task.id)
    _found(await session.scalar(statement), task_id)


async def restore(session: AsyncSession, user_id: UUID, task_id: int) -> Task:
    """The task as it was when it was deleted, with all its dates; one that is not deleted stays as it is.

    Raises Conflict if another task was made with its Idempotency-Key since.
    """
    columns = [DeletedTask.__table__.c[name] for name in RESTORED]
    gone = delete(DeletedTask).where(*_own(DeletedTask, user_id, task_id)).returning(*columns).cte("gone")
    statement = insert(Task).from_select(RESTORED, select(gone)).returning(Task)
    try:
        restored: Task | None = await session.scalar(statement)
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        raise Conflict(
            f"Task {task_id} cannot be restored: another one has its Idempotency-Key. Delete that one first."
        ) from None
    return restored or await get(session, user_id, task_id)


def _own(
    table: type[Task] | type[DeletedTask], user_id: UUID, task_id: int
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # A number that the column cannot hold is as absent as any other.
    return table.user_id == user_id, table.id == (task_id if 0 < task_id <= MAX_ID else 0)


def _found(row: Row | None, task_id: int) -> Row:
    if row is None:
        raise NotFound(f"You have no task {task_id}.")
    return row
