"""What migration 0004 makes of the tasks of release 0.1.0, and of those that its code goes on writing."""

from collections.abc import Iterator

import pytest
from postgres import Server, execute, migrate
from previous_release import RELEASES, logged_in, new_database, serving
from servers import Person, running_stack


@pytest.fixture(scope="module")
def upgraded(postgres: Server) -> str:
    url = new_database(postgres, RELEASES / "0.1.0")
    migrate(url)
    return url


def test_tasks_are_numbered_per_user_without_gaps(upgraded: str) -> None:
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
    """Zoë at a backend of the previous release and at one of ours, on the same database."""
    with (
        serving(upgraded, tmp_path_factory.mktemp("previous")) as before,
        running_stack(upgraded) as now,
        logged_in(before, "zoë") as old,
        logged_in(now.url, "zoë") as new,
    ):
        yield old, new


def test_both_releases_number_new_tasks_in_one_row(sides: tuple[Person, Person]) -> None:
    old, new = sides
    last = max(task["id"] for task in new.ok(new.http.get("/api/me/tasks")))
    made = [side.add(f"From both {n}")["id"] for n, side in enumerate((old, new, old))]
    assert made == [last + 1, last + 2, last + 3]


def test_what_the_old_release_completes_has_a_date(sides: tuple[Person, Person]) -> None:
    old, new = sides
    task = old.add("To complete")
    old.ok(old.http.patch(f"/api/me/tasks/{task['id']}/complete", json={"completed": True}))
    assert new.ok(new.http.get(f"/api/me/tasks/{task['id']}"))["completed_at"]


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
