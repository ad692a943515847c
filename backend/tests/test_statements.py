"""What a request has the database do: every statement that reaches it, those of transactions among them."""

from collections.abc import Iterator
from typing import Any

import pytest
from servers import Person, Stack, running_stack
from sqlalchemy import event

from app import db

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
