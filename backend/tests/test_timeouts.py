"""How long the database works for a request: limits of statements, waits for locks and transactions."""

import asyncio
from typing import Any

import pytest
from postgres import connect, execute
from servers import running_stack
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.db import Timeouts, make_engine, took_too_long


@pytest.mark.parametrize("limit", ["lock_timeout_seconds", "statement_timeout_seconds"])
def test_a_change_that_another_one_holds_up_is_refused_and_can_be_made_later(
    database_url: str, limit: str
) -> None:
    settings: dict[str, Any] = {limit: 0.2}
    with running_stack(database_url, **settings) as stack:
        ada = stack.sign_up()
        change = {"title": "Oat milk"}
        with ada.http, connect(database_url) as other:
            ada.add("Milk")
            other.execute("BEGIN")
            other.execute("SELECT 1 FROM tasks WHERE user_id = %s FOR UPDATE", [ada.id])
            refused = ada.http.patch("/api/me/tasks/1", json=change)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert "took too long" in refused.json()["detail"]
            other.execute("ROLLBACK")
            assert ada.ok(ada.http.patch("/api/me/tasks/1", json=change))["title"] == "Oat milk"


def test_a_transaction_whose_client_says_nothing_leaves_its_locks(database_url: str) -> None:
    lock = "SELECT pg_advisory_xact_lock(7)"

    async def fall_silent() -> None:
        timeouts = Timeouts(idle_in_transaction=0.2)
        engine = make_engine(make_url(database_url), pool_size=1, timeouts=timeouts)
        async with engine.connect() as connection:
            await connection.execute(text(lock))
            await asyncio.to_thread(execute, database_url, lock)
            with pytest.raises(DBAPIError) as ended:
                await connection.execute(text("SELECT 1"))
            assert took_too_long(ended.value)
        await engine.dispose()

    asyncio.run(fall_silent())
