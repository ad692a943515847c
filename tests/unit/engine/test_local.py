"""Local resources: when their command is run, with real programs and threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.runner import Subprocess
from scripts.core.scrubber import Scrubber
from scripts.engine.loop.events import EventsLost, FilesChanged, Pressed, Stopping
from scripts.engine.loop.inbox import NewDefinition
from scripts.engine.loop.local import LocalWorker
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore
from scripts.tiltfile.model import LocalResource

DEADLINE_SECONDS = 20
ENDLESS = ("sh", "-c", "echo on; tail -f /dev/null; echo after")


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = LogStore(Scrubber())
        self.board = Board(self.logs.wake)
        self.resource = LocalResource("job", argv=("echo", "done"), directory=folder, deps=(folder / "in",))
        self.workers: list[LocalWorker] = []
        self.board.define("other")
        self.board.on_status = self.on_status

    def on_status(self) -> None:
        for worker in self.workers:
            worker.dependencies_changed()

    def start(self, **fields: object) -> LocalWorker:
        self.resource = replace(self.resource, **fields)  # type: ignore[arg-type]  # of every kind
        self.board.define("job")
        worker = LocalWorker(self.resource, Subprocess(), {}, self.board, self.logs, threading.Lock())
        self.workers.append(worker)
        worker.start()
        return worker

    def ended(self, count: int) -> list[tuple[str, str]]:
        """Why the command ran and what went wrong, once it ran that often."""
        assert self.board.wait_for(
            lambda: len(self.board.updates()) >= count and self.board.status("job") in ("ok", "error"), DEADLINE_SECONDS
        )
        return [(update.why, update.error) for update in self.board.updates()]

    def taken(self, worker: LocalWorker) -> None:
        """The worker has its latest definition, which need not show on the board."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while worker.resource != self.resource and time.monotonic() < deadline:
            self.board.wait_for(lambda: False, 0.01)

    def until(self, holds: Callable[[], bool]) -> None:
        assert self.board.wait_for(holds, DEADLINE_SECONDS)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    for worker in made.workers:
        worker.inbox.put(Stopping())
    for worker in made.workers:
        worker.join(DEADLINE_SECONDS)
        assert not worker.is_alive()


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("./no-shebang",), "./no-shebang cannot be started: Exec format error"),
        (("./a\0b",), "cannot be run: embedded null byte"),
        (("no-such-program",), "no-such-program is not installed"),
        ((), "IndexError: list index out of range; this is a bug in the engine"),
        (("sh", "-c", "echo why; exit 3"), "`sh -c echo why; exit 3` ended with status 3: why"),
    ],
)
def test_a_command_that_fails_in_any_way_is_red_and_runs_again(
    bench: Bench, argv: tuple[str, ...], reason: str
) -> None:
    (bench.folder / "no-shebang").write_text("true\n")
    (bench.folder / "no-shebang").chmod(0o755)
    worker = bench.start(argv=argv)
    assert reason in bench.ended(1)[0][1]
    assert bench.board.status("job") == "error"
    worker.inbox.put(NewDefinition((replace(bench.resource, argv=("true",)), ())))
    assert bench.ended(2)[1] == ("its definition changed", "")
    assert bench.board.status("job") == "ok"


def test_only_the_first_run_waits_for_others(bench: Bench) -> None:
    worker = bench.start(resource_deps=("other",))
    bench.until(lambda: bench.board.status("job") == "waiting")
    bench.board.set("other", "ok")
    assert len(bench.ended(1)) == 1
    bench.board.set("other", "error", "broken")
    worker.inbox.put(FilesChanged(frozenset({bench.folder / "in"})))
    assert bench.ended(2)[1] == ("in changed", "")


def test_a_first_start_that_waits_for_others_is_dropped_with_auto_init(bench: Bench) -> None:
    worker = bench.start(resource_deps=("other",))
    bench.until(lambda: bench.board.status("job") == "waiting")
    worker.inbox.put(NewDefinition((replace(bench.resource, auto_init=False), ())))
    bench.until(lambda: bench.board.status("job") == "idle")
    bench.board.set("other", "ok")
    worker.inbox.put(Pressed())
    assert [why for why, _ in bench.ended(1)] == ["its button was pressed"]


def test_a_first_start_by_its_button_goes_on_without_auto_init(bench: Bench) -> None:
    worker = bench.start(resource_deps=("other",))
    worker.inbox.put(Pressed())
    worker.inbox.put(NewDefinition((replace(bench.resource, auto_init=False), ())))
    worker.inbox.put(NewDefinition((replace(bench.resource, argv=("echo", "new"), auto_init=False), ())))
    bench.board.set("other", "ok")
    assert [why for why, _ in bench.ended(1)] == ["its button was pressed"]
    assert [line.text for line in bench.logs.after(0)] == ["new"]


def test_another_command_or_environment_runs_it_again_and_other_deps_do_not(bench: Bench) -> None:
    worker = bench.start()
    bench.ended(1)
    for number, fields in enumerate(({"deps": ()}, {"argv": ("echo", "new")}, {"env": (("A", "b"),)})):
        bench.resource = replace(bench.resource, **fields)  # type: ignore[arg-type]  # of every kind
        worker.inbox.put(NewDefinition((bench.resource, ())))
        bench.taken(worker)
        bench.ended(1 + number)
    assert [why for why, _ in bench.ended(3)] == ["first start", "its definition changed", "its definition changed"]
    assert [line.text for line in bench.logs.after(0)] == ["done", "new", "new"]


@pytest.mark.parametrize(
    ("fields", "whys"),
    [
        ({"manual": True, "auto_init": False}, ["its button was pressed"]),
        ({"auto_init": False}, ["file events were lost", "its button was pressed"]),
        ({"auto_init": False, "deps": ()}, ["its button was pressed"]),
    ],
)
def test_lost_events_and_new_definitions_start_only_what_starts_by_itself(
    bench: Bench, fields: dict[str, object], whys: list[str]
) -> None:
    worker = bench.start(**fields)
    bench.until(lambda: bench.board.status("job") == "idle")
    worker.inbox.put(EventsLost())
    if len(whys) > 1:
        bench.ended(1)
    worker.inbox.put(Pressed())
    assert [why for why, _ in bench.ended(len(whys))] == whys


def test_the_command_of_a_resource_that_was_dropped_is_ended_and_leaves_no_row(bench: Bench) -> None:
    worker = bench.start(argv=ENDLESS)
    bench.until(lambda: bench.board.status("job") == "running")
    bench.board.drop("job")
    worker.inbox.put(Stopping())
    worker.join(DEADLINE_SECONDS)
    assert (worker.is_alive(), bench.board.status("job"), bench.board.updates()) == (False, None, [])


@pytest.mark.parametrize("manual", [False, True])
def test_a_command_that_the_tiltfile_has_replaced_is_ended(bench: Bench, manual: bool) -> None:
    worker = bench.start(argv=ENDLESS, manual=manual)
    assert bench.logs.wait(lambda number: number > 0, DEADLINE_SECONDS)
    worker.inbox.put(NewDefinition((replace(bench.resource, argv=("echo", "new")), ())))
    if manual:
        bench.until(lambda: bench.board.status("job") == "idle")
    else:
        assert bench.ended(1) == [("its definition changed", "")]
    assert [line.text for line in bench.logs.after(0)] == ["on", "new"][: 2 - manual]


def test_a_command_goes_on_when_only_its_deps_change(bench: Bench) -> None:
    worker = bench.start(argv=("sh", "-c", "while [ ! -e end ]; do :; done"))
    bench.until(lambda: bench.board.status("job") == "running")
    worker.inbox.put(NewDefinition((replace(bench.resource, deps=()), ())))
    (bench.folder / "end").touch()
    assert bench.ended(1) == [("first start", "")]


def test_a_resource_that_was_dropped_while_it_waits_for_its_turn_runs_nothing(bench: Bench) -> None:
    turn = threading.Lock()
    bench.board.define("job")
    waiting = LocalWorker(
        replace(bench.resource, argv=("touch", "ran")), Subprocess(), {}, bench.board, bench.logs, turn
    )
    with turn:
        waiting.start()
        waiting.inbox.put(Stopping())
    waiting.join(DEADLINE_SECONDS)
    assert not (bench.folder / "ran").exists()


def test_a_first_start_that_waits_for_its_turn_is_dropped_with_auto_init(bench: Bench) -> None:
    turn = threading.Lock()
    bench.board.define("job")
    worker = LocalWorker(bench.resource, Subprocess(), {}, bench.board, bench.logs, turn)
    bench.workers.append(worker)
    with turn:
        worker.start()
        bench.until(lambda: ("job", "waiting (first start: for another local resource)") in bench.board.busy())
        worker.inbox.put(NewDefinition((replace(bench.resource, auto_init=False), ())))
        bench.until(lambda: bench.board.status("job") == "idle")
    worker.inbox.put(Pressed())
    assert [why for why, _ in bench.ended(1)] == ["its button was pressed"]


def test_a_resource_whose_saved_change_waits_for_another_names_it_and_is_not_green(bench: Bench) -> None:
    turn = threading.Lock()
    bench.board.define("job")
    worker = LocalWorker(bench.resource, Subprocess(), {}, bench.board, bench.logs, turn)
    bench.workers.append(worker)
    worker.start()
    bench.ended(1)
    bench.board.define("other", kind="local", status="running")
    with turn:
        worker.inbox.put(FilesChanged(frozenset({bench.folder / "in"})))
        bench.until(lambda: ("job", "waiting (in changed: for other)") in bench.board.busy())
    assert [why for why, _ in bench.ended(2)] == ["first start", "in changed"]
