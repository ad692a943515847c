"""The step from release 0.1.0: its data on this schema, and its code beside ours."""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from postgres import BACKEND, Server, execute, libpq_url, migrate, newest_binaries
from release_data import PASSWORD
from servers import KEYS, Person, Stack, closed_port, running_stack
from waiting import until_answered

RELEASE = BACKEND.parent / "tests/releases/0.1.0"
OF_BOTH = "title, description, completed, created_at, updated_at, idempotency_key, user_id::text"


@pytest.fixture(scope="module")
def old_database(postgres: Server) -> str:
    """As release 0.1.0 left it."""
    url = postgres.new_database()
    psql = [str(newest_binaries() / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", f"--file={RELEASE}/data.sql"]
    subprocess.run([*psql, libpq_url(url)], check=True, capture_output=True)
    return url


@pytest.fixture(scope="module")
def before(old_database: str) -> list[tuple[object, ...]]:
    """Its tasks by user and creation, without their ids."""
    return execute(old_database, f"SELECT {OF_BOTH} FROM tasks ORDER BY user_id, created_at, id")


@pytest.fixture(scope="module")
def upgraded(old_database: str, before: list[tuple[object, ...]]) -> str:
    assert len(before) > 20
    migrate(old_database)
    return old_database


def test_every_task_is_kept_and_numbered_per_user_in_the_order_of_creation(
    upgraded: str, before: list[tuple[object, ...]]
) -> None:
    assert execute(upgraded, f"SELECT {OF_BOTH} FROM tasks ORDER BY user_id, id") == before
    gaps = "SELECT min(id), max(id) - count(*), count(DISTINCT id) - count(*) FROM tasks GROUP BY user_id"
    assert set(execute(upgraded, gaps)) == {(1, 0, 0)}


def test_completed_tasks_have_a_date_and_open_ones_none(upgraded: str) -> None:
    wrong = "SELECT count(*) FROM tasks WHERE (completed_at IS NOT NULL) <> completed"
    assert execute(upgraded, wrong) == [(0,)]
    of_change = "SELECT bool_and(completed_at = updated_at) FROM tasks WHERE completed"
    assert execute(upgraded, of_change) == [(True,)]


def test_no_question_waits_for_a_yes_about_numbers_that_mean_other_tasks_now(upgraded: str) -> None:
    assert execute(upgraded, "SELECT count(*) FROM approvals WHERE decision IS NULL") == [(0,)]
    assert execute(upgraded, "SELECT count(*) FROM messages WHERE memory IS NOT NULL") == [(0,)]


@pytest.fixture(scope="module")
def sides(upgraded: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Person]]:
    """Zoë at a backend of the old release and at one of ours, on the same database."""
    checkout = tmp_path_factory.mktemp("0.1.0")
    with tarfile.open(RELEASE / "backend.tar.gz") as sources:
        sources.extractall(checkout, filter="data")
    port = closed_port()
    environment = {**os.environ, "TODO_DATABASE_URL": upgraded, "TODO_JWT_KEYS": KEYS, "PORT": str(port)}
    environment.pop("PYTHONPATH", None)
    process = subprocess.Popen([sys.executable, "-m", "app"], cwd=checkout, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        until_answered(f"{url}/ready", process)
        with running_stack(upgraded) as stack, httpx2.Client(base_url=url, timeout=60) as http:
            old, new = _log_in(Stack(url, stack.app, http)), _log_in(stack)
            with old.http, new.http:
                yield old, new
    finally:
        process.terminate()
        process.wait(60)


def _log_in(stack: Stack) -> Person:
    body = {"email": "zoë@todo.test", "password": PASSWORD}
    account = Person.ok(stack.http.post("/api/auth/login", json=body))
    token = account["access_token"]
    http = httpx2.Client(base_url=stack.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return Person(account["user"]["id"], token, http)


def _numbers(person: Person) -> dict[str, int]:
    tasks: list[dict[str, Any]] = person.ok(person.http.get("/api/me/tasks"))
    return {task["title"]: task["id"] for task in tasks}


def test_both_releases_number_new_tasks_in_one_row_and_know_them_by_the_same_numbers(
    sides: tuple[Person, Person],
) -> None:
    old, new = sides
    last = max(_numbers(new).values())
    made = [side.add(f"From both {n}")["id"] for n, side in enumerate((old, new, old))]
    assert made == [last + 1, last + 2, last + 3]
    assert _numbers(old) == _numbers(new)


def test_the_old_release_completes_with_a_date_and_adds_once_by_key(sides: tuple[Person, Person]) -> None:
    old, new = sides
    for _ in range(2):
        body, key = {"title": "By key"}, {"Idempotency-Key": "of the upgrade"}
        task = old.ok(old.http.post("/api/me/tasks", json=body, headers=key))
    old.ok(old.http.patch(f"/api/me/tasks/{task['id']}/complete", json={"completed": True}))
    assert new.ok(new.http.get(f"/api/me/tasks/{task['id']}"))["completed_at"]
    assert new.titles().count("By key") == 1


def test_the_old_release_shows_no_deleted_task_and_what_it_deletes_can_be_restored(
    sides: tuple[Person, Person],
) -> None:
    old, new = sides
    by_new, by_old = new.add("Deleted by the new"), new.add("Deleted by the old", priority="high")
    for side, task in ((new, by_new), (old, by_old)):
        side.http.delete(f"/api/me/tasks/{task['id']}").raise_for_status()
        assert old.http.get(f"/api/me/tasks/{task['id']}").status_code == 404
    assert not {by_new["title"], by_old["title"]} & set(old.titles())
    for task in (by_new, by_old):
        assert new.ok(new.http.post(f"/api/me/tasks/{task['id']}/restore")) == task
        assert old.ok(old.http.get(f"/api/me/tasks/{task['id']}"))["created_at"] == task["created_at"]


def test_nothing_is_kept_of_an_account_that_is_deleted(upgraded: str) -> None:
    [(user_id,)] = execute(upgraded, "SELECT id::text FROM users WHERE name = 'Bob'")
    execute(upgraded, f"DELETE FROM tasks WHERE user_id = '{user_id}' AND id = 1")
    deleted = f"SELECT count(*) FROM deleted_tasks WHERE user_id = '{user_id}'"
    assert execute(upgraded, deleted) == [(1,)]
    execute(upgraded, f"DELETE FROM users WHERE id = '{user_id}'")
    assert execute(upgraded, deleted) == [(0,)]
