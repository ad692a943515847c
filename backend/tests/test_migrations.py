"""Migrations as the pods run them: `alembic upgrade head`, several at once."""

import re
import shutil
import socket
import time
from pathlib import Path

import pytest
from migrating import finish, refusal, start
from postgres import BACKEND, Server, connect, execute
from servers import closed_port
from sqlalchemy import NullPool, create_engine, make_url

import app.auth.model
import app.chat.model  # noqa: F401 - the imports fill Base.metadata
from app.db import Base
from app.tasks.model import DeletedTask, Task

HEAD = max(path.name[:4] for path in (BACKEND / "migrations/versions").glob("*.py"))
LOCK = "SELECT pg_advisory_lock(hashtextextended('todo-stack migrations', 0))"

# Answers after a moment, so that asking again and again costs little.
WAITING = """
SELECT count(*) FROM pg_sleep(0.1), pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""

BLOCKED = """
SELECT count(*) FROM pg_sleep(0.1), pg_stat_activity
WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""

CHECKS = """
SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY 1, 2
"""

FUNCTIONS = """
SELECT proname::text, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1
"""

MIGRATION = """
from alembic import op

revision = {name!r}
down_revision = {before!r}


def upgrade() -> None:
    op.execute("CREATE TABLE of_{name} (id int)")


def downgrade() -> None:
    op.execute("DROP TABLE of_{name}")
"""


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A copy of this service to switch branches in: each has a migration of its own on top of these."""
    for name in ("app", "migrations"):
        shutil.copytree(BACKEND / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(BACKEND / "alembic.ini", tmp_path)
    return tmp_path


def _switch(branch: Path, name: str, *, before: str) -> None:
    for other in (branch / "migrations/versions").glob("switched_*.py"):
        other.unlink()
    text = MIGRATION.format(name=name, before=before)
    (branch / f"migrations/versions/switched_{name}.py").write_text(text)


def test_of_five_that_start_at_once_one_applies_each_migration(postgres: Server) -> None:
    url = postgres.new_database()
    with connect(url) as connection:
        connection.execute(LOCK.encode())
        processes = [start(url) for _ in range(5)]
        # Released only when all five stand at the lock: none may go on without it.
        deadline = time.monotonic() + 120
        while execute(url, WAITING) != [(5,)]:
            assert time.monotonic() < deadline, "five migrations did not queue on the lock within 120 s"
            assert {process.poll() for process in processes} == {None}, "a migration ran past the lock"
    outputs = [finish(process) for process in processes]
    applied = [line for output in outputs for line in output.splitlines() if "Running upgrade" in line]
    assert len(applied) == len(list((BACKEND / "migrations/versions").glob("*.py")))
    assert execute(url, "SELECT count(*) FROM alembic_version") == [(1,)]


def test_without_the_lock_one_of_two_fails(postgres: Server, branch: Path) -> None:
    """Both are past the check for what there is to do before either has done it: they wait for a table that
    another transaction seems to create."""
    environment = branch / "migrations/env.py"
    text = environment.read_text()
    environment.write_text(text.replace(LOCK, "SELECT 1"))
    assert environment.read_text() != text
    url = postgres.new_database()
    with connect(url) as connection:
        connection.execute(b"BEGIN; CREATE TABLE alembic_version (version_num int)")
        processes = [start(url, checkout=branch) for _ in range(2)]
        deadline = time.monotonic() + 120
        while execute(url, BLOCKED) != [(2,)]:
            assert time.monotonic() < deadline, "two migrations did not meet within 120 s"
        connection.execute(b"ROLLBACK")
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert sorted(process.returncode == 0 for process in processes) == [False, True], outputs


def test_a_database_at_head_is_left_without_taking_the_lock(database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute(LOCK.encode())
        finish(start(database_url))


def test_a_database_of_a_newer_release_is_left_as_it_is(postgres: Server) -> None:
    url = postgres.new_database()
    finish(start(url))
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    assert "WARNING" in (output := finish(start(url))) and "9999, unknown here" in output
    assert execute(url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_in_development_a_migration_of_another_branch_is_refused_with_the_way_out(
    postgres: Server, branch: Path
) -> None:
    url = postgres.new_database()
    _switch(branch, "9001a", before=HEAD)
    finish(start(url, checkout=branch))
    _switch(branch, "9001b", before=HEAD)
    for _ in range(2):
        line = refusal(start(url, checkout=branch, TODO_ALLOW_NEWER_SCHEMA="false"))
        assert "the database is at 9001a, which this checkout has no migration for" in line
        assert "alembic downgrade" in line and "./dev reset-database" in line
    assert execute(url, "SELECT version_num FROM alembic_version") == [("9001a",)]

    # The first way out that the line names.
    _switch(branch, "9001a", before=HEAD)
    finish(start(url, "downgrade", "-1", checkout=branch, TODO_ALLOW_NEWER_SCHEMA="false"))
    _switch(branch, "9001b", before=HEAD)
    finish(start(url, checkout=branch, TODO_ALLOW_NEWER_SCHEMA="false"))
    tables = "SELECT tablename::text FROM pg_tables WHERE tablename LIKE 'of\\_%'"
    assert execute(url, tables) == [("of_9001b",)]


def test_two_migrations_that_build_on_the_same_one_are_named(postgres: Server, branch: Path) -> None:
    url = postgres.new_database()
    _switch(branch, "9001a", before=HEAD)
    (branch / "migrations/versions/9001b.py").write_text(MIGRATION.format(name="9001b", before=HEAD))
    line = refusal(start(url, checkout=branch))
    assert "9001a" in line and "9001b" in line and "down_revision" in line


@pytest.mark.parametrize("says", ["nothing", "refused"])
def test_a_database_that_is_away_is_waited_for_and_then_named(says: str) -> None:
    """`nothing`: connections are accepted and stay without an answer, as from a node that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if says == "nothing" else closed_port()
        url = f"postgresql://todo:the-password@127.0.0.1:{port}/todo"
        line = refusal(start(url, TODO_DATABASE_WAIT_SECONDS="0.5"))
    assert f"PostgreSQL at 127.0.0.1:{port} does not answer" in line
    assert "the-password" not in line


def test_a_database_that_comes_back_while_it_is_waited_for_is_migrated(postgres: Server) -> None:
    url = postgres.new_database()
    name = make_url(url).database
    execute(postgres.url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    process = start(url)
    assert process.stdout is not None
    assert any("waiting for the database" in line for line in process.stdout)
    execute(postgres.url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finish(process)


def test_the_schema_is_what_the_code_declares(database_url: str) -> None:
    assert "No new upgrade operations detected" in finish(start(database_url, "check"))


def test_the_checks_of_the_schema_are_those_that_the_code_declares(
    database_url: str, postgres: Server
) -> None:
    """Alembic does not compare them."""
    declared = postgres.new_database()
    with create_engine(declared, poolclass=NullPool).begin() as connection:
        Base.metadata.create_all(connection)
    assert execute(database_url, CHECKS) == execute(declared, CHECKS) != []


def test_a_deleted_task_keeps_each_column_that_both_tables_have(database_url: str) -> None:
    """One that the trigger forgets is lost when the task is restored."""
    ((source,),) = execute(database_url, "SELECT prosrc FROM pg_proc WHERE proname = 'keep_deleted_task'")
    columns = {*Task.__table__.columns.keys()} & {*DeletedTask.__table__.columns.keys()}
    assert {*re.findall(r"OLD\.(\w+)", str(source))} == columns


def test_every_migration_can_be_undone(postgres: Server) -> None:
    """Each leaves what a deletion keeps as the one before it had made that."""
    url = postgres.new_database()
    made = []
    for revision in sorted(path.name[:4] for path in (BACKEND / "migrations/versions").glob("*.py")):
        finish(start(url, "upgrade", revision))
        made.append(execute(url, FUNCTIONS))
    for before in reversed(made[:-1]):
        finish(start(url, "downgrade", "-1"))
        assert execute(url, FUNCTIONS) == before
    finish(start(url, "downgrade", "base"))
    tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
    assert execute(url, tables) == [("alembic_version",)]
    finish(start(url))


def test_a_refused_migration_is_one_line(postgres: Server) -> None:
    url = postgres.new_database()
    execute(url, "CREATE TABLE users (id int)")
    output, _ = (process := start(url)).communicate(timeout=120)
    assert process.returncode != 0
    assert "Traceback" not in output and '"users" already exists' in output
    assert execute(url, "SELECT tablename::text FROM pg_tables WHERE tablename = 'tasks'") == []
