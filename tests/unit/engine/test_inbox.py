"""What a busy worker finds when it looks again."""

from __future__ import annotations

import threading
from pathlib import Path

from scripts.engine.loop.events import ClusterChanged, FilesChanged, Pressed, Stopping
from scripts.engine.loop.inbox import Inbox

A, B = FilesChanged(frozenset({Path("a")}), 1.0), FilesChanged(frozenset({Path("b")}), 2.0)


def test_what_came_meanwhile_is_there_in_its_order_and_once() -> None:
    inbox = Inbox()
    for event in (A, Pressed(), B):
        inbox.put(event)
    assert inbox.take() == [A, Pressed(), B]
    assert inbox.take(0) == []


def test_a_thousand_changes_of_the_cluster_are_one() -> None:
    inbox = Inbox()
    for _ in range(1000):
        inbox.put(ClusterChanged())
    assert inbox.take() == [ClusterChanged()]


def test_a_stop_is_known_before_it_is_taken() -> None:
    inbox = Inbox()
    inbox.put(A)
    known = [inbox.stopping]
    inbox.put(Stopping())
    known.append(inbox.stopping)
    assert inbox.take() == [A, Stopping()]
    assert [*known, inbox.stopping] == [False, True, True]


def test_a_worker_that_waits_is_woken() -> None:
    inbox, taken = Inbox(), threading.Event()

    def work() -> None:
        while Stopping() not in inbox.take():
            taken.set()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    inbox.put(A)
    assert taken.wait(10)
    inbox.put(Stopping())
    worker.join(10)
    assert not worker.is_alive()
