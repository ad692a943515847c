"""Runs migrations one process at a time; a database that is up to date is left without taking a lock.

Several replicas start at once and each runs `alembic upgrade head` first. They queue on an advisory lock, and
all but the first find nothing left to do. Every migration must suit the release before it too (expand, then
contract): old pods serve on the new schema during a rollout, and after a rollback.

The development loop runs the same command in the running container and gives it two minutes: the waits below
and TODO_DATABASE_WAIT_SECONDS must end within that together.
"""

import logging
import signal
import sys
import time
from logging.config import fileConfig

from alembic import context
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

import app.auth.model
import app.chat.model
import app.tasks.model  # noqa: F401 - the imports fill Base.metadata
from app.db import NOTICE_LOST_PEER, Base
from app.schema_state import HAS_TABLES, Migrations
from app.settings import ConfigurationError, DatabaseSettings

# Held until the connection closes.
LOCK = "SELECT pg_advisory_lock(hashtextextended('todo-stack migrations', 0))"
WAIT_FOR_OTHERS = "SET lock_timeout = '60s'; SET statement_timeout = '60s'"
# A migration that waits for a table lock makes every query on that table wait behind it.
WHILE_MIGRATING = "SET lock_timeout = '5s'; SET statement_timeout = '60s'"

logger = logging.getLogger("alembic.env")


def migrate() -> None:
    try:
        settings = DatabaseSettings.load()
    except ConfigurationError as error:
        raise CommandError(str(error)) from None
    migrations = Migrations.read(allow_newer=settings.allow_newer_schema)
    engine = create_engine(
        settings.sqlalchemy_url(),
        poolclass=NullPool,
        connect_args={**NOTICE_LOST_PEER, "connect_timeout": 3, "application_name": "todo-migrations"},
    )
    with _connect(engine, settings.database_wait_seconds) as connection:
        try:
            if _is_up_to_date(connection, migrations):
                return
            connection.exec_driver_sql(WAIT_FOR_OTHERS)
            connection.exec_driver_sql(LOCK)
            connection.exec_driver_sql(WHILE_MIGRATING)
            connection.commit()
            if _is_up_to_date(connection, migrations):
                return
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                transaction_per_migration=True,
                compare_server_default=True,
            )
            with context.begin_transaction():
                context.run_migrations()
        except DBAPIError as error:
            raise CommandError(f"the migration failed and was rolled back: {_line(error)}") from error


def _connect(engine: Engine, wait_seconds: float) -> Connection:
    """Waits for a database that is still starting; CommandError if it does not, or the URL is unusable."""
    give_up_at = time.monotonic() + wait_seconds
    logged = False
    while True:
        try:
            return engine.connect()
        except ProgrammingError as error:  # of an option in the URL, before anybody is asked
            raise CommandError(f"TODO_DATABASE_URL is unusable: {_line(error)}") from None
        except DBAPIError as error:
            if time.monotonic() > give_up_at:
                host, port = engine.url.host or engine.url.query.get("host"), engine.url.port or 5432
                raise CommandError(
                    f"PostgreSQL at {host}:{port} does not answer (waited {wait_seconds:g} s); "
                    f"run this again when it does: {_line(error)}"
                ) from None
            if not logged:
                logger.info("waiting for the database: %s", _line(error))
                logged = True
            time.sleep(0.5)


def _is_up_to_date(connection: Connection, migrations: Migrations) -> bool:
    """Whether an upgrade to this code's head has nothing to do; CommandError if it cannot be done."""
    try:
        wanted = context.get_revision_argument()
    except KeyError:  # a command without a destination, such as `current`
        return False
    except CommandError:
        if len(migrations.heads) > 1:
            raise CommandError(migrations.ambiguity()) from None
        raise
    applied = MigrationContext.configure(connection).get_current_revision()
    has_tables = bool(connection.scalar(text(f"SELECT {HAS_TABLES}")))
    connection.rollback()
    if wanted not in migrations.heads:
        return False
    problem = migrations.problem(applied, has_tables=has_tables)
    if applied is None or has_tables and not migrations.is_unknown(applied):
        return problem is None
    if problem is not None:
        raise CommandError(problem)
    logger.warning("the schema is at %s, unknown here: left as it is, as a newer release's", applied)
    return True


def _line(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())


# Without a handler the first process of a container ignores SIGTERM, and is killed after the grace period.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)
migrate()
