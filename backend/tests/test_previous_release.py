"""An upgrade from the previous release keeps every row, and that release's code serves on the new schema.

It does so during a rollout, and after a rollback.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Server, execute, migrate
from previous_release import RELEASE, logged_in, new_database, serving, unpack
from release_data import DESCRIPTION
from servers import Person, Stack, running_stack

PEOPLE = ("ada", "bob", "zoë")


def rows(url: str) -> list[list[tuple[object, ...]]]:
    """What an upgrade must keep, of one table after the other."""
    queries = (RELEASE / "rows.sql").read_text().split(";")
    return [execute(url, query) for query in queries if query.strip()]


def ids(person: Person) -> list[int]:
    """Of all tasks of a person, the oldest first."""
    return [task["id"] for task in reversed(person.ok(person.http.get("/api/me/tasks")))]


@pytest.fixture(scope="module")
def upgraded(postgres: Server) -> str:
    url = new_database(postgres)
    migrate(url)
    return url


@pytest.fixture(scope="module")
def now(upgraded: str) -> Iterator[Stack]:
    """This code, on the upgraded database."""
    with running_stack(upgraded) as stack:
        yield stack


@pytest.fixture(scope="module")
def before(upgraded: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the previous release's backend, on the same database."""
    with serving(upgraded, tmp_path_factory.mktemp(RELEASE.name)) as url:
        yield url


def test_an_upgrade_keeps_every_row(postgres: Server) -> None:
    url = new_database(postgres)
    stored = rows(url)
    assert len(stored) == 5 and all(len(found) > 3 for found in stored)
    migrate(url)
    assert rows(url) == stored


@pytest.mark.parametrize("name", PEOPLE)
def test_people_log_in_and_find_their_tasks_numbered_in_the_order_of_creation(
    postgres: Server, now: Stack, upgraded: str, name: str
) -> None:
    of_person = f"user_id = (SELECT id FROM users WHERE email = '{name}@todo.test')"
    earlier = new_database(postgres)
    stored = execute(earlier, f"SELECT id, title FROM tasks WHERE {of_person} ORDER BY created_at")
    ((of_their_own,),) = execute(earlier, "SELECT count(DISTINCT id) < count(*) FROM tasks")
    with logged_in(now.url, name) as person:
        assert list(reversed(person.titles())) == [title for _, title in stored]
        # 0.1.0 numbered the tasks of all people in one row: those of each are then as if they had been alone.
        assert ids(person) == (
            [number for number, _ in stored] if of_their_own else list(range(1, len(stored) + 1))
        )


def test_the_previous_release_serves_and_adds_what_this_one_finds(before: str, now: Stack) -> None:
    with logged_in(before, "ada") as earlier, logged_in(now.url, "ada") as later:
        known = ids(later)
        added = [earlier.add("By the release before"), later.add("By this release"), earlier.add("And again")]
        assert ids(earlier) == ids(later) == [*known, *(task["id"] for task in added)]
        assert earlier.titles() == later.titles()
        key = {"Idempotency-Key": "of both releases"}
        once = [
            person.ok(person.http.post("/api/me/tasks", json={"title": "Only once"}, headers=key))
            for person in (earlier, later, earlier)
        ]
        assert len({task["id"] for task in once}) == 1


def test_the_previous_release_changes_and_deletes_for_both(before: str, now: Stack) -> None:
    with logged_in(before, "bob") as earlier, logged_in(now.url, "bob") as later:
        changed, gone = (earlier.add(title)["id"] for title in ("Old title", "To go"))
        earlier.ok(
            earlier.http.patch(f"/api/me/tasks/{changed}", json={"title": "New", "description": DESCRIPTION})
        )
        earlier.ok(earlier.http.patch(f"/api/me/tasks/{changed}/complete", json={"completed": True}))
        seen = later.ok(later.http.get(f"/api/me/tasks/{changed}"))
        assert (seen["title"], seen["description"], seen["completed"]) == ("New", DESCRIPTION, True)
        earlier.http.delete(f"/api/me/tasks/{gone}").raise_for_status()
        assert gone not in ids(earlier) and gone not in ids(later)


def test_what_this_release_deletes_the_previous_one_does_not_show(before: str, now: Stack) -> None:
    with logged_in(before, "bob") as earlier, logged_in(now.url, "bob") as later:
        gone = later.add("Deleted by this release")["id"]
        later.http.delete(f"/api/me/tasks/{gone}").raise_for_status()
        assert "Deleted by this release" not in earlier.titles()
        assert earlier.http.get(f"/api/me/tasks/{gone}").status_code == 404
        assert earlier.add("The next one")["id"] != gone


def test_conversations_go_on_in_both_and_approvals_are_carried_out(before: str, now: Stack) -> None:
    with logged_in(before, "zoë") as earlier, logged_in(now.url, "zoë") as later:
        conversation = earlier.say("Add a task to call the plumber")["conversation_id"]
        assert "call the plumber" in later.say("What's pending?", conversation)["response"]
        both = [earlier.add(title)["id"] for title in ("This one", "That one")]
        asked = earlier.say(f"delete {both[0]} and {both[1]}")["conversation_id"]
        done = earlier.say("yes", asked)
        assert [call["ok"] for call in done["tool_calls"]] == [True, True]
        assert not set(both) & set(ids(later))
        assert [message["content"] for message in later.messages(asked)][-1] == done["response"]


def test_new_accounts_of_either_release_are_known_to_the_other(before: str, now: Stack) -> None:
    stranger = now.sign_up()
    with stranger.http:
        assert Person.ok(stranger.http.get(f"{before}/api/me/tasks")) == []
        stranger.add("Seen by both")
        assert [task["title"] for task in Person.ok(stranger.http.get(f"{before}/api/me/tasks"))] == [
            "Seen by both"
        ]


def test_after_a_rollback_the_previous_release_leaves_the_schema_as_it_is(
    upgraded: str, tmp_path: Path
) -> None:
    version = execute(upgraded, "SELECT version_num FROM alembic_version")
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=unpack("backend", tmp_path),
        env={**os.environ, "TODO_DATABASE_URL": upgraded},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert execute(upgraded, "SELECT version_num FROM alembic_version") == version
