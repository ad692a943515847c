"""Writes what people may store with a release, through its API, and prints the database as SQL.

tests/releases/README.md has the command, which runs in the backend's folder.
"""

import subprocess
import sys

import httpx2
from postgres import libpq_url, migrate, newest_binaries, running_server
from servers import Person, Stack, running_stack

PASSWORD = "kept through upgrades"
DESCRIPTION = "line\nline; 'quoted' \\ $1"
# They protect psql from a hostile server, and an older psql does not know them.
PSQL_COMMANDS = ("\\restrict", "\\unrestrict")


def main() -> None:
    with running_server() as server:
        url = server.new_database()
        migrate(url)
        with running_stack(url) as stack:
            write(stack)
        sys.stdout.write(dump(url))


def write(stack: Stack) -> None:
    """Three people who take turns, so that none of them has ids in a row, and an account without tasks."""
    ada, bob, zoe = (sign_up(stack, name) for name in ("Ada", "Bob", "Zoë"))
    sign_up(stack, "Nobody")
    people = (ada, bob, zoe)
    try:
        for number in range(1, 9):
            for person in people[: 1 + number % 3]:
                person.add(f"Task {number} – “größer” ✓", description=DESCRIPTION * (number % 2))
        for person in people:
            for _ in range(2):
                key = {"Idempotency-Key": "the same for all"}
                person.ok(person.http.post("/api/me/tasks", json={"title": "Added once"}, headers=key))
            ids = [task["id"] for task in reversed(person.ok(person.http.get("/api/me/tasks")))]
            person.http.delete(f"/api/me/tasks/{ids[1]}").raise_for_status()
            person.ok(person.http.patch(f"/api/me/tasks/{ids[0]}/complete", json={"completed": True}))
        for person in people:
            talk(person)
    finally:
        for person in people:
            person.http.close()


def talk(person: Person) -> None:
    """A conversation of plain turns, and one for each thing that can become of a question for approval."""
    conversation = person.say("Add a task to water the plants")["conversation_id"]
    person.say("What's pending?", conversation)
    for title in ("One", "Two", "Three", "Four"):
        ids = [person.add(f"{title} {which}")["id"] for which in "ab"]
        conversation = person.say(f"delete {ids[0]} and {ids[1]}")["conversation_id"]
        if title != "Four":  # that question stays open
            person.say({"One": "yes", "Two": "no", "Three": "What's pending?"}[title], conversation)


def sign_up(stack: Stack, name: str) -> Person:
    body = {"email": f"{name.lower()}@todo.test", "password": PASSWORD, "name": name}
    account = Person.ok(stack.http.post("/api/auth/register", json=body))
    token = account["access_token"]
    http = httpx2.Client(base_url=stack.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return Person(account["user"]["id"], token, http)


def dump(url: str) -> str:
    """Schema and rows of the database, without owners."""
    argv = [str(newest_binaries() / "pg_dump"), "--no-owner", "--no-privileges", "--inserts", libpq_url(url)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return "".join(line for line in done.stdout.splitlines(True) if not line.startswith(PSQL_COMMANDS))


if __name__ == "__main__":
    main()
