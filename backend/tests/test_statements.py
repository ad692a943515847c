"""How many statements a request sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from servers import Person, Stack
from sqlalchemy import event


@contextmanager
def statements(stack: Stack) -> Iterator[list[str]]:
    """Those of the application's requests, as they are sent."""
    engine = stack.app.state.sessions.kw["bind"].sync_engine
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("method", "path", "body", "most"),
    [
        ("GET", "/api/auth/me", None, 1),
        ("GET", "/api/me/tasks", None, 2),
        ("GET", "/api/me/tasks?limit=1&q=milk&sort=title", None, 2),
        ("GET", "/api/me/tasks?count=true", None, 3),
        ("GET", "/api/me/tasks/1", None, 2),
        ("POST", "/api/me/tasks", {"title": "Bread"}, 2),
        ("PATCH", "/api/me/tasks/1", {"title": "Oat milk"}, 2),
        ("PATCH", "/api/me/tasks/1/complete", None, 2),
        ("DELETE", "/api/me/tasks/1", None, 2),
        ("POST", "/api/me/tasks/1/restore", None, 3),
        ("GET", "/api/me/conversations", None, 2),
    ],
)
def test_a_request_sends_no_more_statements_than_it_needs(
    ada: Person, stack: Stack, method: str, path: str, body: object, most: int
) -> None:
    for title in ("Milk", "Eggs"):
        ada.add(title)
    with statements(stack) as sent:
        ada.http.request(method, path, json=body).raise_for_status()
    assert len(sent) <= most, sent
