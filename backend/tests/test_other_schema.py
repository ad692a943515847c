"""A database of another release, as a restored backup is until the first new pod has migrated it."""

from collections.abc import Iterator

import pytest
from postgres import Server, execute, migrate
from servers import Person, Stack, running_stack


@pytest.fixture(scope="module")
def database(postgres: Server) -> str:
    url = postgres.new_database()
    migrate(url)
    return url


@pytest.fixture(scope="module")
def stack(database: str) -> Iterator[Stack]:
    with running_stack(database, assistant="offline") as stack:
        yield stack


@pytest.mark.parametrize(
    ("earlier", "newest"),
    [
        ("ALTER TABLE tasks RENAME TO later", "ALTER TABLE later RENAME TO tasks"),
        ("ALTER TABLE tasks RENAME priority TO later", "ALTER TABLE tasks RENAME later TO priority"),
    ],
)
def test_requests_are_refused_for_now(
    ada: Person, database: str, earlier: str, newest: str, caplog: pytest.LogCaptureFixture
) -> None:
    ada.add("Milk")
    execute(database, earlier)
    try:
        for refused in (
            ada.http.get("/api/me/tasks"),
            ada.http.post("/api/me/tasks", json={"title": "Bread"}),
        ):
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert "of another version" in refused.json()["detail"]
    finally:
        execute(database, newest)
    assert "Traceback" not in caplog.text and " does not exist" in caplog.text
    assert ada.titles() == ["Milk"]
