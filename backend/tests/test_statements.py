"""How many transactions a request opens in the database, and how many statements it sends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from servers import Person, Stack
from sqlalchemy import event


@contextmanager
def statements(stack: Stack) -> Iterator[list[str]]:
    """Those of the application's requests, as they are sent; BEGIN is there for each transaction."""
    engine = stack.app.state.sessions.kw["bind"].sync_engine
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    def note_begin(_connection: Any) -> None:
        sent.append("BEGIN")

    listeners: dict[str, Callable[..., Any]] = {"before_cursor_execute": note, "begin": note_begin}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield sent
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


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
    assert sent.count("BEGIN") == 1, sent
    assert len(sent) - 1 <= most, sent
