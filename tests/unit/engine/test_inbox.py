"""What a busy worker finds when it looks again."""

from __future__ import annotations

import threading
from pathlib import Path

from scripts.engine.loop.inbox import Inbox, Work
from scripts.engine.model import K8sResource


def test_what_came_meanwhile_is_one_piece_of_work_with_the_first_time_and_reason() -> None:
    inbox = Inbox()
    inbox.put(Work(paths=frozenset({Path("a")}), at=1.0))
    inbox.put(Work(paths=frozenset({Path("b")}), at=2.0, rebuild="first"))
    inbox.put(Work(rebuild="second", pods=True))
    assert inbox.take() == Work(frozenset({Path("a"), Path("b")}), 1.0, pods=True, rebuild="first")
    assert inbox.take(0) == Work()


def test_of_two_definitions_the_newer_counts() -> None:
    inbox = Inbox()
    for name in ("old", "new"):
        inbox.put(Work(definition=(K8sResource(name), ())))
    assert inbox.take().definition == (K8sResource("new"), ())


def test_a_change_of_pods_wakes_but_does_not_interrupt() -> None:
    inbox = Inbox()
    inbox.put(Work(pods=True))
    assert not inbox.urgent
    assert inbox.take().pods


def test_a_stop_and_a_new_definition_end_what_is_under_way_and_a_save_does_not() -> None:
    inbox = Inbox()
    inbox.put(Work(paths=frozenset({Path("a")})))
    assert (inbox.urgent, inbox.superseded, inbox.stopping) == (True, False, False)
    inbox.put(Work(definition=(K8sResource("x"), ())))
    assert (inbox.superseded, inbox.stopping) == (True, False)
    inbox.put(Work(stop=True))
    assert inbox.stopping


def test_a_worker_that_waits_is_woken() -> None:
    inbox, taken = Inbox(), threading.Event()

    def work() -> None:
        while not inbox.take().stop:
            taken.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    inbox.put(Work(everything=True))
    assert taken.wait(10)
    inbox.put(Work(stop=True))
    thread.join(10)
    assert not thread.is_alive()
