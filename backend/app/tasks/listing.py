"""Which tasks a list holds, in which order, and where its next page begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    SQLColumnExpression,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import MAX_ID
from app.paging import not_of_this_list, read_cursor, write_cursor
from app.tasks.model import PRIORITIES, Priority, PriorityColumn, Task

Status = Literal["all", "pending", "completed"]
Sort = Literal["created", "-created", "title", "-title", "due_date", "-due_date", "priority", "-priority"]
"""The newest, the next due or the highest priority is first, no due date last; "-" reverses that."""

UNICODE = "und-x-icu"
"""Knows the letters of all scripts, whatever locale the database was created with."""


@dataclass(frozen=True)
class Filters:
    """A task is listed if it fits all of them; each word of `q` in its title, description or tags."""

    status: Status = "all"
    priority: Priority | None = None
    tag: str | None = None
    q: str = ""
    due_after: datetime | None = None
    due_before: datetime | None = None


@dataclass(frozen=True)
class Page:
    """`next` is the cursor of the page after it, None on the last one."""

    tasks: Sequence[Task]
    next: str | None


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: in SQL, of a task as JSON, and from JSON in SQL again."""

    key: SQLColumnExpression[Any]
    write: Callable[[Task], Any]
    read: Callable[[Any], ColumnElement[Any]]
    falling: bool = False


def _moment(value: str) -> ColumnElement[Any]:
    return literal(datetime.fromisoformat(value), DateTime(timezone=True))


def _title(value: object) -> ColumnElement[Any]:
    if not isinstance(value, str):
        raise TypeError("a title is a string")
    return literal(value).collate(UNICODE)


NEVER: ColumnElement[Any] = literal_column("'infinity'::timestamptz")
ORDERS = {
    "created": Order(Task.created_at, lambda task: task.created_at.isoformat(), _moment, falling=True),
    "title": Order(Task.title.collate(UNICODE), lambda task: task.title, _title),
    "due_date": Order(
        func.coalesce(Task.due_at, NEVER),
        lambda task: task.due_at and task.due_at.isoformat(),
        lambda value: NEVER if value is None else _moment(value),
    ),
    "priority": Order(
        Task.priority,
        lambda task: PRIORITIES.index(task.priority),
        lambda value: literal(PRIORITIES[value], PriorityColumn),
        falling=True,
    ),
}


async def list_page(
    session: AsyncSession,
    user_id: UUID,
    filters: Filters,
    *,
    sort: Sort,
    limit: int,
    cursor: str | None,
    offset: int = 0,
) -> Page:
    """Skips `offset` tasks after the cursor. Raises Invalid for a cursor that no list in this order gave."""
    order = ORDERS[sort.removeprefix("-")]
    falling = order.falling ^ sort.startswith("-")
    conditions = _conditions(user_id, filters)
    if cursor is not None:
        here, there = tuple_(order.key, Task.id), tuple_(*_read_cursor(cursor, sort))
        conditions.append(here < there if falling else here > there)
    sequence = [column.desc() if falling else column.asc() for column in (order.key, Task.id)]
    statement = select(Task).where(*conditions).order_by(*sequence).limit(limit + 1).offset(offset)
    found = (await session.scalars(statement)).all()
    return Page(found[:limit], _write_cursor(found[limit - 1], sort) if len(found) > limit else None)


async def count(session: AsyncSession, user_id: UUID, filters: Filters) -> int:
    """How many tasks are on all pages."""
    statement = select(func.count()).select_from(Task).where(*_conditions(user_id, filters))
    return await session.scalar(statement) or 0


def _conditions(user_id: UUID, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Task.user_id == user_id]
    if filters.status != "all":
        conditions.append(Task.completed.is_(filters.status == "completed"))
    if filters.priority is not None:
        conditions.append(Task.priority == filters.priority)
    if filters.tag is not None:
        conditions.append(literal(filters.tag) == func.any(Task.tags))
    if filters.due_after is not None:
        conditions.append(Task.due_at >= filters.due_after)
    if filters.due_before is not None:
        conditions.append(Task.due_at < filters.due_before)
    text = func.concat_ws("\n", Task.title, Task.description, func.array_to_string(Task.tags, "\n"))
    return conditions + [_folded(text).like(_folded(literal(_pattern(word)))) for word in filters.q.split()]


def _folded(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lower(text.collate(UNICODE))


def _pattern(word: str) -> str:
    """LIKE's, in which only the ends are wild."""
    for sign in "\\%_":
        word = word.replace(sign, f"\\{sign}")
    return f"%{word}%"


def _write_cursor(task: Task, sort: Sort) -> str:
    return write_cursor([sort, ORDERS[sort.removeprefix("-")].write(task), task.id])


def _read_cursor(cursor: str, sort: Sort) -> tuple[ColumnElement[Any], int]:
    try:
        of_sort, value, number = read_cursor(cursor)
        if of_sort != sort or not isinstance(number, int) or not 0 < number <= MAX_ID:
            raise ValueError("made for another list")
        return ORDERS[sort.removeprefix("-")].read(value), number
    except (ValueError, TypeError, LookupError):
        raise not_of_this_list() from None
