"""Runs migrations one process at a time; a database that needs none is left without taking a lock.

Several replicas start at once and each runs `alembic upgrade head` first. They queue on an advisory lock;
whoever comes later finds nothing left to do. Every migration must suit the release before it too (expand,
then contract): old pods serve on the new schema during a rollout, and after a rollback.
"""

import logging
import time
from logging.config import fileConfig

from alembic import context
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

import app.auth.model
import app.chat.model
import app.tasks.model  # noqa: F401 - the imports fill Base.metadata
from app.db import Base
from app.schema_state import Migrations
from app.settings import ConfigurationError, DatabaseSettings

# Held until the connection closes.
LOCK = "SELECT pg_advisory_lock(hashtextextended('todo-stack migrations', 0))"
WAIT_FOR_DATABASE_SECONDS = 60
WAIT_FOR_OTHERS = "SET lock_timeout = '120s'; SET statement_timeout = '120s'"
# A migration that waits for a table lock makes every query on that table wait behind it.
WHILE_MIGRATING = "SET lock_timeout = '5s'; SET statement_timeout = '60s'"

logger = logging.getLogger("alembic.env")


def migrate() -> None:
    try:
        url = DatabaseSettings.load().sqlalchemy_url()
    except ConfigurationError as error:
        raise CommandError(str(error)) from None
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": 3, "application_name": "todo-migrations"}
    )
    with _connect(engine) as connection:
        if _nothing_to_do(connection):
            return
        try:
            connection.exec_driver_sql(WAIT_FOR_OTHERS)
            connection.exec_driver_sql(LOCK)
            connection.exec_driver_sql(WHILE_MIGRATING)
            connection.commit()
            if _nothing_to_do(connection):
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
            raise CommandError(f"the migration failed and is undone, run it again: {_line(error)}") from error


def _connect(engine: Engine) -> Connection:
    """Waits for a database that is still starting."""
    give_up_at = time.monotonic() + WAIT_FOR_DATABASE_SECONDS
    said = False
    while True:
        try:
            return engine.connect()
        except DBAPIError as error:
            if time.monotonic() > give_up_at:
                target = engine.url.render_as_string(hide_password=True)
                raise CommandError(
                    f"no connection to {target} in {WAIT_FOR_DATABASE_SECONDS} s: {_line(error)}"
                ) from None
            if not said:
                logger.info("waiting for the database: %s", _line(error))
                said = True
            time.sleep(0.5)


def _nothing_to_do(connection: Connection) -> bool:
    """True for an upgrade to the head that this code knows, of a database that is there or further."""
    migrations = Migrations.read()
    try:
        wanted = context.get_revision_argument()
    except KeyError:  # a command without a destination, such as `current`
        return False
    applied = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    if wanted != migrations.head or migrations.missing(applied) is not None:
        return False
    if applied != migrations.head:
        logger.info("the schema is at %s, from a newer release; it is left as it is", applied)
    return True


def _line(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())


if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)
migrate()
