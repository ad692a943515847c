"""A database that takes no changes for now, as a standby before its promotion."""

from collections.abc import Iterator

import pytest
from postgres import Server, execute, migrate
from servers import Person, Stack, running_stack
from sqlalchemy import make_url


@pytest.fixture(scope="module")
def url(postgres: Server) -> str:
    url = postgres.new_database()
    migrate(url)
    return url


@pytest.fixture(scope="module")
def stack(url: str) -> Iterator[Stack]:
    with running_stack(url, assistant="offline") as stack:
        yield stack


@pytest.fixture
def token(ada: Person, postgres: Server, url: str) -> Iterator[str]:
    """Ada's personal token that was never used, in a database that takes no more changes."""
    ada.add("Milk")
    made = ada.ok(ada.http.post("/api/auth/tokens", json={"name": "Claude"}))["token"]
    _alter(postgres, url, "SET default_transaction_read_only = on")
    yield str(made)
    _alter(postgres, url, "RESET default_transaction_read_only")


@pytest.mark.usefixtures("token")
def test_changes_are_refused_for_now_and_reading_is_not(
    ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    assert ada.titles() == ["Milk"]
    for refused in (
        ada.http.post("/api/me/tasks", json={"title": "Bread"}),
        ada.http.post("/api/me/chat", json={"message": "show my tasks"}),
    ):
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert "takes no changes" in refused.json()["detail"]
    assert "Traceback" not in caplog.text


def test_a_personal_token_still_reads_though_its_use_cannot_be_noted(
    stack: Stack, ada: Person, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    read = stack.http.get("/api/me/tasks", headers={"Authorization": f"Bearer {token}"})
    assert [task["title"] for task in Person.ok(read)] == ["Milk"]
    assert "read-only" in caplog.text and "Traceback" not in caplog.text


def _alter(postgres: Server, url: str, change: str) -> None:
    """For all connections to the database: those that were open are gone, and take no last request."""
    name = make_url(url).database
    execute(postgres.url, f"ALTER DATABASE {name} {change}")
    ended = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
    execute(postgres.url, f"{ended} WHERE datname = '{name}'")
