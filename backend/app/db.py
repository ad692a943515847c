"""Engine, sessions and the declarative base; connections run in UTC, and for nothing without a limit."""

import select
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psycopg
from psycopg.errors import (
    IdleInTransactionSessionTimeout,
    LockNotAvailable,
    QueryCanceled,
    ReadOnlySqlTransaction,
    UndefinedColumn,
    UndefinedTable,
)
from sqlalchemy import URL, MetaData, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

MAX_ID = 2**63 - 1
POOL_TIMEOUT_SECONDS = 5
PREPARED_FROM = 5
"""Statements are prepared when a connection has sent them so often."""
TRUSTED_SECONDS = 1.0
"""A connection that was used within this time is used again without asking the database."""

# A network that drops packets breaks no connection: by default Linux sends them again for a quarter of an
# hour, ever more rarely, and asks after two hours whether a silent peer is still there. These end such a
# connection in seconds.
NOTICE_LOST_PEER = {
    "tcp_user_timeout": 5_000,  # milliseconds
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}

Sessions = async_sessionmaker[AsyncSession]


class Base(DeclarativeBase):
    """Rows are read back from the statement that wrote them, so no query follows a write."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    __mapper_args__ = {"eager_defaults": True}


@dataclass(frozen=True)
class Timeouts:
    """How long the database works for a request at most, in seconds; then it ends what the request began.

    One statement; a wait for what another transaction changes; a transaction whose client says nothing: the
    server cannot know that a client is gone, and would keep its locks. No transaction here waits for anything
    but the database.
    """

    statement: float = 10
    lock: float = 5
    idle_in_transaction: float = 10


def make_engine(
    url: URL,
    *,
    pool_size: int,
    max_overflow: int = 0,
    timeouts: Timeouts = Timeouts(),
    prepare: bool = True,
) -> AsyncEngine:
    """An engine that connects on first use, so that a service starts without its database.

    With `prepare`, the database keeps the plans of statements that a connection sends again and again, unless
    a pooler in front of it hands out its connections by transaction and does not know of such statements.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        # An error that is logged would else bring along addresses, password hashes and titles.
        hide_parameters=True,
        connect_args={
            **NOTICE_LOST_PEER,
            "connect_timeout": 3,
            "prepare_threshold": PREPARED_FROM if prepare else None,
            "application_name": "todo-backend",
        },
    )
    event.listen(engine.sync_engine, "connect", lambda connection, _record: _prepare(connection, timeouts))
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", _refuse_if_lost)
    event.listen(engine.sync_engine, "handle_error", _drop_detail)
    return engine


def make_sessions(engine: AsyncEngine) -> Sessions:
    """Rows stay readable after the commit, since they are turned into JSON after it."""
    return async_sessionmaker(engine, expire_on_commit=False)


def is_outage(error: SQLAlchemyError | psycopg.Error) -> bool:
    """Whether the database cannot serve now, rather than refuses what it was asked."""
    if is_read_only(error) or isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(
        error,
        OperationalError | InterfaceError | PoolTimeout | psycopg.OperationalError | psycopg.InterfaceError,
    )


def is_read_only(error: SQLAlchemyError | psycopg.Error) -> bool:
    """Whether the database takes no changes now, as a standby before its promotion."""
    return isinstance(_cause(error), ReadOnlySqlTransaction)


def is_other_schema(error: SQLAlchemyError | psycopg.Error) -> bool:
    """Whether the database is of another release, as a restored backup is until a new pod migrates it."""
    return isinstance(_cause(error), UndefinedTable | UndefinedColumn)


def took_too_long(error: SQLAlchemyError | psycopg.Error) -> bool:
    """Whether one of the Timeouts has ended what the database did."""
    return isinstance(_cause(error), QueryCanceled | LockNotAvailable | IdleInTransactionSessionTimeout)


def _cause(error: SQLAlchemyError | psycopg.Error) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _prepare(connection: Any, timeouts: Timeouts) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SET timezone = 'UTC';"
        f"SET statement_timeout = {round(1000 * timeouts.statement)};"
        f"SET lock_timeout = {round(1000 * timeouts.lock)};"
        f"SET idle_in_transaction_session_timeout = {round(1000 * timeouts.idle_in_transaction)}"
    )
    cursor.close()
    connection.commit()


def _drop_detail(context: ExceptionContext) -> None:
    """Keep the first line of what the database says.

    The detail of a broken constraint is the row, with address and password hash, and it would be logged.
    """
    original, wrapping = context.original_exception, context.sqlalchemy_exception
    if not isinstance(original, psycopg.Error) or original.diag.message_primary is None:
        return
    whole, first = str(original), original.diag.message_primary
    original.args = (first,)
    if wrapping is not None:
        wrapping.args = tuple(str(part).replace(whole, first) for part in wrapping.args)


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used_at"] = monotonic()


def _refuse_if_lost(connection: Any, record: Any, _proxy: Any) -> None:
    """Find the end of a connection before its use, under load without waiting for an answer of the database.

    A server that ends a connection says so, which waits to be read; after a pause it is asked as well, since
    what a network drops says nothing. The pool opens another connection in place of a lost one.
    """
    used_at = record.info.get("used_at")
    if used_at is None:  # it was opened just now
        return
    poll = select.poll()
    poll.register(connection.driver_connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("the database has ended the connection")
    if monotonic() - used_at < TRUSTED_SECONDS:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except Exception as error:
        raise DisconnectionError(str(error)) from error
