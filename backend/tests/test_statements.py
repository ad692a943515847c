"""What a request has the database do: every statement that reaches it, those of transactions among them."""

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from postgres import execute
from servers import Person, Stack, running_stack
from sqlalchemy import event, make_url
from waiting import until

from app import db
from app.statements import Statements

heard: list[str] = []


@pytest.fixture(scope="module")
def stack(database_url: str) -> Iterator[Stack]:
    """One of the module's own: the database tells its connections what it is asked through them."""
    with running_stack(database_url) as stack, pytest.MonkeyPatch.context() as patch:
        # However long a test takes, no connection is asked whether it is still there.
        patch.setattr(db, "TRUSTED_SECONDS", 3600)
        event.listen(stack.app.state.sessions.kw["bind"].sync_engine, "connect", _hear)
        yield stack


def _hear(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("SET client_min_messages = log; SET log_statement = 'all'")
    connection.commit()
    connection.driver_connection.add_notice_handler(lambda notice: heard.append(notice.message_primary))


@pytest.mark.parametrize(
    ("method", "path", "body", "most"),
    [
        ("GET", "/api/auth/me", None, 1),
        ("GET", "/api/me/tasks", None, 1),
        ("GET", "/api/me/tasks?limit=1&q=milk&sort=title", None, 1),
        ("GET", "/api/me/tasks?q=none", None, 2),
        ("GET", "/api/me/tasks?count=true", None, 2),
        ("GET", "/api/me/tasks/1", None, 4),
        ("POST", "/api/me/tasks", {"title": "Bread"}, 4),
        ("PATCH", "/api/me/tasks/1", {"title": "Oat milk"}, 4),
        ("PATCH", "/api/me/tasks/1/complete", None, 4),
        ("DELETE", "/api/me/tasks/1", None, 4),
        ("POST", "/api/me/tasks/1/restore", None, 5),
        ("GET", "/api/me/conversations", None, 4),
    ],
)
def test_a_request_sends_no_more_statements_than_it_needs(
    ada: Person, method: str, path: str, body: object, most: int
) -> None:
    for title in ("Milk", "Eggs"):
        ada.add(title)
    heard.clear()
    ada.http.request(method, path, json=body).raise_for_status()
    assert 0 < len(heard) <= most, heard


def test_a_personal_token_costs_one_more_at_most_once_a_minute(ada: Person) -> None:
    token = ada.ok(ada.http.post("/api/auth/tokens", json={"name": "script"}))["token"]
    ada.add("Milk")
    counts = []
    for _ in range(2):
        heard.clear()
        ada.http.get("/api/me/tasks", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
        counts.append(len(heard))
    assert counts == [3, 2]


def test_a_statement_that_is_given_up_or_cut_off_keeps_no_connection(database_url: str) -> None:
    """There is one in the pool, so the next statement would wait for it in vain."""

    async def process(statements: Statements) -> int:
        (row,) = await statements.rows("SELECT pg_backend_pid() AS pid", {})
        return int(row["pid"])

    async def begin(statements: Statements, pid: int) -> "asyncio.Task[Any]":
        begun = asyncio.create_task(statements.rows("SELECT 1 AS slept FROM pg_sleep(600)", {}))
        sleeps = f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid} AND wait_event = 'PgSleep'"
        await asyncio.to_thread(until, lambda: bool(execute(database_url, sleeps)))
        return begun

    async def run() -> None:
        engine = db.make_engine(make_url(database_url), pool_size=1, timeouts=db.Timeouts(statement=600))
        statements = Statements(engine)
        first = await process(statements)
        given_up = await begin(statements, first)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert await process(statements) == first

        cut_off = await begin(statements, first)
        await asyncio.to_thread(execute, database_url, f"SELECT pg_terminate_backend({first})")
        with pytest.raises(psycopg.OperationalError) as error:
            await cut_off
        assert db.is_outage(error.value)
        assert await process(statements) != first
        await engine.dispose()

    asyncio.run(run())
