"""Which tasks a list holds, in which order, and where its next page begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.auth.sessions import LASTS
from app.paging import is_id, not_of_this_list, read_cursor, write_cursor
from app.statements import Row, Statements
from app.tasks.model import PRIORITIES, Priority

Status = Literal["all", "pending", "completed"]
Sort = Literal["created", "-created", "title", "-title", "due_date", "-due_date", "priority", "-priority"]
"""The newest, the next due or the highest priority is first, no due date last; "-" reverses that."""

COLUMNS = (
    "id, user_id, title, description, completed, completed_at, priority, tags, due_at, created_at, updated_at"
)
UNICODE = '"und-x-icu"'
"""Knows the letters of all scripts, whatever locale the database was created with."""


def _folded(text: str) -> str:
    """In SQL, in letters that are the same wherever in a word they stand: a small sigma has two forms."""
    return f"translate(lower({text} COLLATE {UNICODE}), 'ς', 'σ')"


TEXT = _folded("concat_ws(E'\\n', title, description, array_to_string(tags, E'\\n'))")


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
    """Tasks as JSON has them; `next` is the cursor of the page after it, None on the last one."""

    tasks: Sequence[Row]
    next: str | None


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: in SQL, of a row as JSON, and from JSON as the value of %(place)s, in SQL."""

    key: str
    write: Callable[[Row], Any]
    read: Callable[[Any], Any]
    place: str
    falling: bool = False


def _title(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a title is a string")
    return value


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


ORDERS = {
    "created": Order(
        "created_at",
        lambda task: _moment(task["created_at"]),
        datetime.fromisoformat,
        "%(place)s::timestamptz",
        falling=True,
    ),
    "title": Order(
        f"title COLLATE {UNICODE}", lambda task: task["title"], _title, f"%(place)s::text COLLATE {UNICODE}"
    ),
    "due_date": Order(
        "coalesce(due_at, 'infinity')",
        lambda task: _moment(task["due_at"]),
        lambda value: None if value is None else datetime.fromisoformat(value),
        "coalesce(%(place)s::timestamptz, 'infinity')",
    ),
    "priority": Order(
        "priority",
        lambda task: PRIORITIES.index(task["priority"]),
        lambda value: PRIORITIES.index(PRIORITIES[value]),
        "%(place)s::smallint",
        falling=True,
    ),
}


async def list_page(
    statements: Statements,
    user_id: UUID,
    filters: Filters,
    *,
    sort: Sort,
    limit: int,
    cursor: str | None,
    offset: int = 0,
    session: UUID | None = None,
) -> Page:
    """Skips `offset` tasks after the cursor. With a session that has ended there are none.

    Raises Invalid for a cursor that no list in this order gave.
    """
    order = ORDERS[sort.removeprefix("-")]
    falling = order.falling ^ sort.startswith("-")
    conditions, values = _conditions(user_id, filters)
    if cursor is not None:
        values["place"], values["number"] = _read_cursor(cursor, sort)
        conditions.append(f"({order.key}, id) {'<' if falling else '>'} ({order.place}, %(number)s)")
    if session is not None:
        values["session"] = session
        conditions.append(LASTS)
    direction = "DESC" if falling else "ASC"
    found = await statements.rows(
        f"SELECT {COLUMNS} FROM tasks WHERE {' AND '.join(conditions)} "
        f"ORDER BY {order.key} {direction}, id {direction} LIMIT %(limit)s OFFSET %(offset)s",
        {**values, "limit": limit + 1, "offset": offset},
    )
    for task in found:
        task["priority"] = PRIORITIES[task["priority"]]
    return Page(found[:limit], _write_cursor(found[limit - 1], sort) if len(found) > limit else None)


async def count(statements: Statements, user_id: UUID, filters: Filters) -> int:
    """How many tasks are on all pages."""
    conditions, values = _conditions(user_id, filters)
    query = f"SELECT count(*) AS number FROM tasks WHERE {' AND '.join(conditions)}"
    (row,) = await statements.rows(query, values)
    return int(row["number"])


def _conditions(user_id: UUID, filters: Filters) -> tuple[list[str], dict[str, Any]]:
    """In SQL, and the values that they name."""
    conditions, values = ["tasks.user_id = %(user)s"], {"user": user_id}

    def add(condition: str, name: str, value: Any) -> None:
        conditions.append(condition)
        values[name] = value

    if filters.status != "all":
        add("completed = %(completed)s", "completed", filters.status == "completed")
    if filters.priority is not None:
        add("priority = %(priority)s", "priority", PRIORITIES.index(filters.priority))
    if filters.tag is not None:
        add("%(tag)s = ANY(tags)", "tag", filters.tag)
    if filters.due_after is not None:
        add("due_at >= %(due_after)s", "due_after", filters.due_after)
    if filters.due_before is not None:
        add("due_at < %(due_before)s", "due_before", filters.due_before)
    for number, word in enumerate(filters.q.split()):
        name = f"word{number}"
        add(f"{TEXT} LIKE {_folded(f'%({name})s::text')}", name, _pattern(word))
    return conditions, values


def _pattern(word: str) -> str:
    """LIKE's, in which only the ends are wild."""
    for sign in "\\%_":
        word = word.replace(sign, f"\\{sign}")
    return f"%{word}%"


def _write_cursor(task: Row, sort: Sort) -> str:
    return write_cursor([sort, ORDERS[sort.removeprefix("-")].write(task), task["id"]])


def _read_cursor(cursor: str, sort: Sort) -> tuple[Any, int]:
    """The value of %(place)s, and the number of the task."""
    try:
        of_sort, value, number = read_cursor(cursor)
        if of_sort != sort or not is_id(number):
            raise ValueError("made for another list")
        return ORDERS[sort.removeprefix("-")].read(value), number
    except (ValueError, TypeError, LookupError):
        raise not_of_this_list() from None
