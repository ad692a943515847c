"""Two pods that start at once migrate a database one after the other. What happens without the lock that they take is
tested beside the migrations: backend/tests/test_migrations.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.failure.conftest import Watch
from tests.failure.release import DEADLINE_SECONDS, Release, eventually

DATABASE = "two_migrators"
HOLD_LOCK = "SELECT pg_advisory_lock(hashtextextended('todo-stack migrations', 0)), pg_sleep(600)"
WAITING = f"""
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND NOT granted AND datname = '{DATABASE}'
"""
HELD = WAITING.replace("NOT granted", "granted")
RELEASE_LOCK = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = '{DATABASE}' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()
"""


@pytest.fixture
def database(release: Release) -> Iterator[str]:
    """A new one beside the release's own."""
    release.sql(f"CREATE DATABASE {DATABASE}")
    yield DATABASE
    release.sql(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def test_of_two_migrators_at_once_neither_fails(release: Release, watch: Watch, database: str) -> None:
    with watch.no_request_fails("two migrators at once"):
        holder = release.start("todo-postgres-0", "psql", "-U", "todo", "-d", database, "-c", HOLD_LOCK)
        url = f"TODO_DATABASE_URL=postgresql://todo@postgres-service:5432/{database}"
        eventually(lambda: release.sql(HELD) == "1\n", "the lock is held")
        migrators = [
            release.start(pod["metadata"]["name"], "env", url, "alembic", "upgrade", "head")
            for pod in release.pods("backend")
        ]
        assert len(migrators) == 2
        eventually(lambda: release.sql(WAITING) == "2\n", "both migrators wait for the lock")
        release.sql(RELEASE_LOCK)
        holder.communicate(timeout=DEADLINE_SECONDS)
        outputs = [(migrator.communicate(timeout=DEADLINE_SECONDS)[0], migrator.returncode) for migrator in migrators]
        assert [status for _, status in outputs] == [0, 0], outputs
        assert sum("Running upgrade" in output for output, _ in outputs) == 1
