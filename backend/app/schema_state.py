"""Says whether the database answers and has at least the schema that this code was written for."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.revision import SERVICE_DIR

ANSWER_WITHIN_SECONDS = 1.0
CACHED_FOR_SECONDS = 2.0


@dataclass(frozen=True)
class Migrations:
    """The schema revisions that this code knows."""

    head: str | None
    known: frozenset[str]

    @classmethod
    def read(cls, directory: Path = SERVICE_DIR / "migrations") -> "Migrations":
        config = Config()
        config.set_main_option("script_location", str(directory))
        scripts = ScriptDirectory.from_config(config)
        return cls(scripts.get_current_head(), frozenset(s.revision for s in scripts.walk_revisions()))

    def missing(self, applied: str | None) -> str | None:
        """Why a database at `applied` cannot serve this code, or None.

        A revision that is unknown here comes from a newer release: while it is rolled out, and after a
        rollback, older code runs on its schema, which migrations must allow (expand, then contract).
        """
        if applied is None:
            return "the database has no schema yet: run `alembic upgrade head`"
        if applied in self.known and applied != self.head:
            return f"the schema is at {applied}, this code needs {self.head}: run `alembic upgrade head`"
        return None


class Readiness:
    """Asks the database over a connection of its own, so that a busy pool does not look like an outage."""

    def __init__(self, engine: AsyncEngine, migrations: Migrations) -> None:
        self._engine = engine
        self._migrations = migrations
        self._lock = asyncio.Lock()
        self._checked_at = float("-inf")
        self._reason: str | None = None

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
                applied = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        except ProgrammingError:  # the table is not there
            applied = None
        except TimeoutError:
            return f"the database did not answer within {ANSWER_WITHIN_SECONDS:g} s"
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            return "the database does not answer: " + " ".join(str(cause).split())
        return self._migrations.missing(applied)
