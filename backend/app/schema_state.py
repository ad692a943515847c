"""Whether the database answers, and whether its schema suits this code."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import UndefinedTable
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.revision import SERVICE_DIR

ANSWER_WITHIN_SECONDS = 1.0
CACHED_FOR_SECONDS = 2.0

HAS_TABLES = "to_regclass('users') IS NOT NULL AND to_regclass('tasks') IS NOT NULL"
"""Whether the database has these, which every release has, where the schema's revision is found too."""
APPLIED = f"SELECT version_num, {HAS_TABLES} FROM alembic_version"

_ANOTHERS = (
    "the database is at {applied}, and has no tables users and tasks: it is another application's; "
    "name a database of its own in TODO_DATABASE_URL"
)
_WAY_OUT = (
    "the database is at {applied}, which this checkout has no migration for: switch back to the branch that "
    "has it and run `alembic downgrade -1` in the backend's container, or delete all its data: "
    "./dev reset-database"
)


@dataclass(frozen=True)
class Migrations:
    """The schema revisions that this code knows; `heads` are those that no other builds on."""

    heads: tuple[str, ...]
    known: frozenset[str]
    allow_newer: bool = True

    @classmethod
    def read(cls, directory: Path = SERVICE_DIR / "migrations", *, allow_newer: bool = True) -> "Migrations":
        config = Config()
        config.set_main_option("script_location", str(directory))
        scripts = ScriptDirectory.from_config(config)
        known = frozenset(script.revision for script in scripts.walk_revisions())
        return cls(tuple(sorted(scripts.get_heads())), known, allow_newer)

    def problem(self, applied: str | None, *, has_tables: bool = True) -> str | None:
        """Why a database at `applied` cannot serve this code, or None. `has_tables` is what HAS_TABLES says.

        With `allow_newer`, a revision that is unknown here is taken for a newer release's: while it is rolled
        out, and after a rollback, older code runs on its schema, which migrations must allow (expand, then
        contract). Without, as in development, it is another branch's, and what this code needs may be absent.
        """
        if len(self.heads) > 1:
            return self.ambiguity()
        if applied is None:
            return "the database has no schema yet: run `alembic upgrade head`"
        if not has_tables:
            return _ANOTHERS.format(applied=applied)
        if self.is_unknown(applied):
            return None if self.allow_newer else _WAY_OUT.format(applied=applied)
        if applied not in self.heads:
            return f"the schema is at {applied}, this code needs {self.heads[0]}: run `alembic upgrade head`"
        return None

    def ambiguity(self) -> str:
        """The problem with several heads, as after a merge of two branches with a migration each."""
        heads = " and ".join(self.heads)
        return f"the migrations {heads} are not in a row: let the down_revision of one name the other"

    def is_unknown(self, applied: str | None) -> bool:
        return applied is not None and applied not in self.known


class Readiness:
    """Asks the database over its own connection, so that a busy pool does not look like an outage."""

    def __init__(self, engine: AsyncEngine, migrations: Migrations) -> None:
        self._engine = engine
        self._migrations = migrations
        self._lock = asyncio.Lock()
        self._checked_at = float("-inf")
        self._reason: str | None = None
        self._schema_suited = False

    async def reason(self) -> str | None:
        """Why requests cannot be served, or None; at most one question to the database in two seconds."""
        async with self._lock:
            if monotonic() - self._checked_at >= CACHED_FOR_SECONDS:
                self._reason = await self._ask()
                self._checked_at = monotonic()
            return self._reason

    async def _ask(self) -> str | None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS), self._engine.connect() as connection:
                found = (await connection.execute(text(APPLIED))).first()
        except TimeoutError:
            return f"the database did not answer within {ANSWER_WITHIN_SECONDS:g} s"
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            if not isinstance(cause, UndefinedTable):
                fault = "cannot be used" if isinstance(error, ProgrammingError) else "does not answer"
                return f"the database {fault}: " + " ".join(str(cause).split())
            found = None
        applied, has_tables = found or (None, False)
        if self._schema_suited and self._migrations.is_unknown(applied):
            return None  # newer code has migrated since: its pod replaces this one
        problem = self._migrations.problem(applied, has_tables=has_tables)
        self._schema_suited = self._schema_suited or problem is None
        return problem
