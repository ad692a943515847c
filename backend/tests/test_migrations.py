"""Migrations as the pods run them: `alembic upgrade head`, several at once."""

import os
import subprocess
import sys
import time

from postgres import BACKEND, Server, connect, execute

LOCK = "SELECT pg_advisory_lock(hashtextextended('todo-stack migrations', 0))"

# Answers after a moment, so that asking again and again costs little.
WAITING = """
SELECT count(*) FROM pg_sleep(0.1), pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


def _start(url: str, *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "alembic", *(command or ("upgrade", "head"))],
        cwd=BACKEND,
        env={**os.environ, "TODO_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(process: "subprocess.Popen[str]") -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def test_of_five_that_start_at_once_one_applies_each_migration(postgres: Server) -> None:
    url = postgres.new_database()
    with connect(url) as connection:
        connection.execute(LOCK.encode())
        processes = [_start(url) for _ in range(5)]
        # Released only when all five stand at the lock: none may go on without it.
        deadline = time.monotonic() + 120
        while execute(url, WAITING) != [(5,)]:
            assert time.monotonic() < deadline, "five migrations did not queue on the lock within 120 s"
            assert {process.poll() for process in processes} == {None}, "a migration ran past the lock"
    outputs = [_finish(process) for process in processes]
    applied = [line for output in outputs for line in output.splitlines() if "Running upgrade" in line]
    assert len(applied) == len(list((BACKEND / "migrations/versions").glob("*.py")))
    assert execute(url, "SELECT count(*) FROM alembic_version") == [(1,)]


def test_a_database_at_head_is_left_without_taking_the_lock(database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute(LOCK.encode())
        _finish(_start(database_url))


def test_a_database_of_a_newer_release_is_left_as_it_is(postgres: Server) -> None:
    url = postgres.new_database()
    _finish(_start(url))
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer release" in _finish(_start(url))
    assert execute(url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_the_schema_is_what_the_code_declares(database_url: str) -> None:
    assert "No new upgrade operations detected" in _finish(_start(database_url, "check"))


def test_every_migration_can_be_undone(postgres: Server) -> None:
    url = postgres.new_database()
    _finish(_start(url))
    _finish(_start(url, "downgrade", "base"))
    tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
    assert execute(url, tables) == [("alembic_version",)]
    _finish(_start(url))


def test_a_refused_migration_is_one_line(postgres: Server) -> None:
    url = postgres.new_database()
    execute(url, "CREATE TABLE users (id int)")
    output, _ = (process := _start(url)).communicate(timeout=120)
    assert process.returncode != 0
    assert "Traceback" not in output and '"users" already exists' in output
    assert execute(url, "SELECT tablename::text FROM pg_tables WHERE tablename = 'tasks'") == []
