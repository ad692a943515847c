"""The tables of tasks: those that are there, and those that were deleted and can be restored.

Triggers (migration 0004) give a task its number, keep the date of its completion, and move it from one table
to the other when it is deleted.
"""

from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    FetchedValue,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

TITLE_MAX = 200
DESCRIPTION_MAX = 1000
TAGS_MAX = 20
TAG_MAX = 50

Priority = Literal["none", "low", "medium", "high"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


class PriorityColumn(TypeDecorator[Priority]):
    """Stored as the place in PRIORITIES, so that the database can sort by it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return value if value is None or isinstance(value, int) else PRIORITIES.index(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Priority | None:
        return None if value is None else PRIORITIES[value]


class TaskColumns:
    """What both tables have."""

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    priority: Mapped[Priority] = mapped_column(PriorityColumn, server_default="0")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    idempotency_key: Mapped[str | None] = mapped_column(Text)


class Task(TaskColumns, Base):
    """`id` is the number that the user knows the task by: 1, 2, 3 … for each user, never given twice."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_MAX}", name="title_length"),
        CheckConstraint(f"char_length(description) <= {DESCRIPTION_MAX}", name="description_length"),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
        Index(None, "user_id", "created_at"),
        Index(None, "user_id", "completed"),
        UniqueConstraint("user_id", "idempotency_key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, FetchedValue(), primary_key=True, autoincrement=False)
    description: Mapped[str] = mapped_column(Text, server_default="")
    completed: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )


class DeletedTask(TaskColumns, Base):
    """A task as it was when it was deleted."""

    __tablename__ = "deleted_tasks"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    description: Mapped[str] = mapped_column(Text)
    completed: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
