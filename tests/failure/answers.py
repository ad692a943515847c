"""Answers of the assistant that are streamed for many seconds, so that pods end while they are sent.

Each adds several tasks, one after the other, and waits for each: the database gives their user's lock, which numbers
the tasks, to somebody else most of the time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from tests.failure.ledger import Client, Load
from tests.failure.release import DEADLINE_SECONDS, Release, eventually

STREAMS = 4
TASKS = 5
HELD_SECONDS, FREE_SECONDS = 2, 0.15
"""Of the lock: five tasks take four to eleven seconds. A request that misses it once still gets it within the five
seconds for which it may wait."""
HOLD = """
DO $$ BEGIN
  LOOP
    PERFORM FROM users WHERE email = '{email}' FOR NO KEY UPDATE;
    PERFORM pg_sleep({held});
    COMMIT;
    PERFORM pg_sleep({free});
  END LOOP;
END $$
"""
LET_GO = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%{email}%' AND pid <> pg_backend_pid()
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'todo-backend' AND wait_event_type = 'Lock'"


class Answers(Load):
    """Of one user, who is always being answered."""

    def clients(self) -> list[Client]:
        return [(self._answer, 1, {})]

    def _answer(self, http: httpx.Client) -> None:
        titles = [self.title() for _ in range(TASKS)]
        body = {"message": f"Add tasks: {', '.join(titles)}"}
        self.ledger.record("answer", lambda: only_if_whole(http.post("/api/me/chat/stream", json=body)), *titles)


def only_if_whole(answer: httpx.Response) -> httpx.Response:
    """An answer that ends without its last event, or tells that a task was not added, has status 200 too."""
    if not answer.is_success:
        return answer
    kind, _, data = answer.text.strip().split("\n\n")[-1].partition("\ndata: ")
    if kind == "event: done" and [call["ok"] for call in json.loads(data)["tool_calls"]] == [True] * TASKS:
        return answer
    return httpx.Response(502, text=answer.text)


@contextmanager
def long_answers(release: Release) -> Iterator[None]:
    """They are streamed while the block runs. After it all of them were whole, and what they have added is there."""
    everybody = [Answers(release.stack.url) for _ in range(STREAMS)]
    with ExitStack() as stack:
        for answers in everybody:
            stack.enter_context(answers.running())
            stack.enter_context(slowly_adding(release, answers.email))
        eventually(lambda: int(release.sql(WAITING)) >= STREAMS, "all answers wait for the database")
        yield
    for answers in everybody:
        assert answers.ledger.failures == []
        assert answers.ledger.acknowledged
        assert answers.ledger.differences(answers.stored()) == []


@contextmanager
def slowly_adding(release: Release, email: str) -> Iterator[None]:
    """Each task of this user is added slowly while the block runs."""
    hold = HOLD.format(email=email, held=HELD_SECONDS, free=FREE_SECONDS)
    holder = release.start("todo-postgres-0", "psql", "-U", "todo", "-d", "todo", "-c", hold)
    try:
        yield
        assert holder.poll() is None, holder.communicate()[0]
    finally:
        release.sql(LET_GO.format(email=email))
        holder.communicate(timeout=DEADLINE_SECONDS)
