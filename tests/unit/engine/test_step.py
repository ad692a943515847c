"""The state machine of a resource as a table: what it does after each event, and what people see then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.engine.loop.events import (
    Action,
    ActionFailed,
    Apply,
    ApplyEnded,
    Attempt,
    Build,
    BuildEnded,
    ClusterChanged,
    Dependencies,
    Event,
    EventsLost,
    Failure,
    FilesChanged,
    Look,
    Looked,
    Pressed,
    Record,
    Redefined,
    Scan,
    Scanned,
    Send,
    SendEnded,
    Started,
    Stop,
    Stopping,
    Tick,
    Wait,
)  # fmt: skip
from scripts.engine.loop.state import State, shown
from scripts.engine.loop.step import RECHECK_SECONDS, decide, observe

A, B = Path("/x/a.py"), Path("/x/b.py")
SAVE = FilesChanged(frozenset({A}), 5.0)
SYNC, RUN = Attempt("sync", "a.py changed", 5.0), Attempt("run", "1.py changed", 5.0)
DEPLOY = Attempt("deploy", "w", 1.0)
BROKEN, AWAY = Failure("it is broken", "fix it"), Failure("no answer", heals=True)
PRESSED = "its button was pressed"
GONE = Failure("web is gone", redeploy=True)
LOOK, IDLE, RECHECK = Look(), Wait(), Wait(RECHECK_SECONDS)


def step(before: State, event: Event) -> tuple[State, tuple[Record | Action, ...]]:
    """One event taken in: the new state, and what to do, the record of an ended update first."""
    after, record = observe(before, event)
    after, action = decide(after)
    return after, (record, action) if record else (action,)


def state(**changes: Any) -> State:
    return replace(State(started=True), **changes)


def green(**changes: Any) -> State:
    return state(deployed=True, **changes)


def sending(**changes: Any) -> State:
    """A save is on its way into the containers."""
    return green(**{"delivery": "due", "unproved": True, "attempt": SYNC, "saved_at": 5.0, **changes})


def looking(**changes: Any) -> State:
    return sending(**{"delivery": "done", **changes})


def deploying(**changes: Any) -> State:
    return state(**{"pending_deploy": "w", "released": True, "attempt": DEPLOY, **changes})


def first(**changes: Any) -> State:
    """Its first start, by itself."""
    return deploying(**{"pending_deploy": "first start", **changes})


ROWS: list[tuple[str, State, Event, tuple[Record | Action, ...], str]] = [
    # The start
    ("starts by itself", State(), Started(True, 1.0), (Build("first start"),), "building"),
    ("starts by its button", State(), Started(False), (IDLE,), "idle"),
    ("a save before its button", State(), SAVE, (IDLE,), "idle"),
    ("the cluster before its button", State(), ClusterChanged(), (IDLE,), "idle"),
    ("a new definition before its button", State(), Redefined(True, False, False), (IDLE,), "idle"),
    ("auto_init is turned on", State(), Redefined(False, False, True, 1.0), (Build("first start"),), "building"),
    ("auto_init of a manual one is turned on", State(), Redefined(False, True, True, 1.0), (Build("first start"),),
     "building"),
    ("its button for the first time", State(), Pressed(1.0), (Build("its button was pressed"),), "building"),
    ("a manual one starts with auto_init", State(manual=True), Started(True), (Build("first start"),), "building"),
    ("stop before it starts", State(), Stopping(), (Stop(),), "idle"),
    # Build, wait for others, apply
    ("built", deploying(), BuildEnded(), (Apply(),), "deploying"),
    ("built, others are missing", deploying(missing=("db",)), BuildEnded(), (IDLE,), "waiting"),
    ("others come", deploying(missing=("db",), built=True), Dependencies(()), (Apply(),), "deploying"),
    ("one of two comes", deploying(missing=("a", "b"), built=True), Dependencies(("b",)), (IDLE,), "waiting"),
    ("others are missing later", deploying(deployed=True, missing=("db",)), BuildEnded(), (Apply(),), "deploying"),
    ("a save while it waits", deploying(missing=("db",), built=True), SAVE, (IDLE,), "waiting"),
    ("a save while it builds", deploying(), SAVE, (Build("w"),), "building"),
    ("a new definition while it waits", deploying(missing=("db",), built=True), Redefined(True, False, True, 2.0),
     (Build("w"),), "building"),
    ("a definition with nothing new", deploying(missing=("db",), built=True), Redefined(False, False, True), (IDLE,),
     "waiting"),
    ("auto_init is turned off while it waits", first(missing=("db",), built=True), Redefined(False, False, False),
     (IDLE,), "idle"),
    ("auto_init is turned off while it builds", first(), Redefined(True, False, False), (IDLE,), "idle"),
    ("auto_init is turned off after a failure", first(failure=BROKEN), Redefined(False, False, False), (IDLE,), "idle"),
    ("auto_init is turned off after its button", deploying(pending_deploy=PRESSED, missing=("db",), built=True),
     Redefined(True, False, False), (Build(PRESSED),), "building"),
    ("the build fails", deploying(), ActionFailed(Build("w"), BROKEN), (Record(DEPLOY, "it is broken"), IDLE), "error"),
    ("a save after it", deploying(failure=BROKEN, attempt=None), SAVE, (Build("w"),), "building"),
    ("lost events after it", deploying(failure=BROKEN, attempt=None), EventsLost(1.0), (Build("w"),), "building"),
    ("its button after it", deploying(failure=BROKEN), Pressed(), (Build("its button was pressed"),), "building"),
    ("the cluster after it", deploying(deployed=True, failure=BROKEN), ClusterChanged(), (Send(),), "error"),
    ("sent what was sent before", deploying(deployed=True, failure=BROKEN, delivery="due"), SendEnded(), (IDLE,),
     "error"),
    ("time after it", deploying(failure=BROKEN), Tick(), (IDLE,), "error"),
    ("applied", deploying(built=True), ApplyEnded(), (Send(),), "deploying"),
    ("refused", deploying(built=True), ActionFailed(Apply(), BROKEN), (Record(DEPLOY, "it is broken"), IDLE), "error"),
    ("a save after a refusal", deploying(built=True, failure=BROKEN), SAVE, (Apply(),), "deploying"),
    ("no answer", deploying(built=True), ActionFailed(Apply(), AWAY), (Record(DEPLOY, "no answer"), RECHECK), "error"),
    ("time after no answer", deploying(built=True, failure=AWAY), Tick(), (Apply(),), "error"),
    ("an answer after it", deploying(built=True, failure=AWAY, retrying=True), ApplyEnded(), (Send(),), "error"),
    ("stop while it builds", deploying(), Stopping(), (Stop(),), "building"),
    ("a save after the build began", deploying(built=True, unseen=frozenset({A})), ApplyEnded(),
     (Scan(frozenset({A})),), "updating"),
    # A save
    ("a save", green(), SAVE, (Scan(frozenset({A})),), "updating"),
    ("two saves", green(unseen=frozenset({B}), saved_at=4.0), SAVE, (Scan(frozenset({A, B})),), "updating"),
    ("lost events", green(), EventsLost(5.0), (Scan(everything=True),), "updating"),
    ("nothing in it", green(saved_at=5.0), Scanned("none"), (IDLE,), "ok"),
    ("to sync", green(saved_at=5.0), Scanned("sync", "a.py changed"), (Send(),), "updating"),
    ("to run", green(saved_at=5.0), Scanned("run", "1.py changed"), (Send(),), "updating"),
    ("to rebuild", green(saved_at=5.0), Scanned("rebuild", "deps changed"), (Build("deps changed"),), "building"),
    ("to rebuild by its button", green(manual=True), Scanned("rebuild", "deps changed"), (IDLE,), "idle"),
    ("its button then", green(manual=True, pending_deploy="deps changed"), Pressed(),
     (Build("its button was pressed"),), "building"),
    ("a save then", green(manual=True, pending_deploy="deps changed"), SAVE, (IDLE,), "idle"),
    ("the cluster then", green(manual=True, pending_deploy="deps changed"), ClusterChanged(), (Send(),), "idle"),
    ("its pod does not start", green(), Scanned("sync", "a.py changed", stuck=True),
     (Build("a.py changed, and its pod does not start"),), "building"),
    ("a scan that breaks", green(), ActionFailed(Scan(frozenset({A})), BROKEN), (IDLE,), "error"),
    ("a save after it", green(failure=BROKEN, lost=True), SAVE, (Scan(frozenset({A}), True),), "updating"),
    ("a file that cannot be sent", green(), Scanned("none", problem="a link loops"), (IDLE,), "error"),
    ("others are sent", green(), Scanned("sync", "a.py changed", problem="a link loops"), (Send(),), "error"),
    ("served, but for that file", looking(problem="a link loops"), Looked(), (Record(SYNC), IDLE), "error"),
    ("it is removed", green(problem="a link loops"), Scanned("none"), (IDLE,), "ok"),
    # Sending
    ("sent", sending(), SendEnded(), (LOOK,), "updating"),
    ("a file changed under its reader", sending(), SendEnded(frozenset({B})), (Scan(frozenset({B})),), "updating"),
    ("its pod does not start any more", sending(), SendEnded(stuck=True),
     (Build("a.py changed, and its pod does not start"),), "building"),
    ("and a command failed in another", sending(attempt=RUN), SendEnded(failure=BROKEN, stuck=True),
     (Record(RUN, "it is broken"), IDLE), "error"),
    ("nor the pod of a new image", sending(attempt=DEPLOY), SendEnded(stuck=True), (LOOK,), "deploying"),
    ("nor one without a save", sending(attempt=None), SendEnded(stuck=True), (LOOK,), "updating"),
    ("a command fails", sending(attempt=RUN), SendEnded(failure=BROKEN), (Record(RUN, "it is broken"), IDLE), "error"),
    ("a save after it", green(delivery="failed", failure=BROKEN, unproved=True), SAVE, (Scan(frozenset({A})),),
     "updating"),
    ("nothing in that save", green(delivery="due", unproved=True), Scanned("none"), (Send(),), "updating"),
    ("time after it", green(delivery="failed", failure=BROKEN, unproved=True), Tick(), (IDLE,), "error"),
    ("other pods after it", green(delivery="failed", failure=BROKEN, unproved=True), ClusterChanged(), (Send(),),
     "error"),
    ("what it needs comes back", green(delivery="failed", failure=BROKEN, unproved=True, missing=("db",)),
     Dependencies(()), (Send(),), "error"),

        ("another is missing", green(delivery="failed", failure=BROKEN, unproved=True), Dependencies(("db",)), (IDLE,),
     "error"),
    ("the command succeeds", green(delivery="due", failure=BROKEN, unproved=True, retrying=True), SendEnded(), (LOOK,),
     "error"),
    ("it is served then", green(failure=BROKEN, unproved=True, retrying=True), Looked(), (IDLE,), "ok"),
    ("cut off", sending(), SendEnded(failure=AWAY), (Record(SYNC, "no answer"), RECHECK), "error"),
    ("time after a cut", green(delivery="failed", failure=AWAY, unproved=True), Tick(), (Send(),), "error"),
    ("an archive breaks", sending(), ActionFailed(Send(), BROKEN), (Record(SYNC, "it is broken"), IDLE), "error"),
    ("no tar in the image", sending(), SendEnded(rebuild="no tar"), (Build("the update in place failed: no tar"),),
     "building"),
    ("a new image did not help", sending(attempt=DEPLOY), SendEnded(rebuild="no tar"),
     (Record(DEPLOY, "the update in place failed: no tar"), IDLE), "error"),
    ("a save after that", green(delivery="failed", unproved=True, failure=GONE), SAVE, (Build("web is gone"),),
     "building"),

    ("no tar, a build is due", deploying(deployed=True, failure=BROKEN, delivery="due"), SendEnded(rebuild="no tar"),
     (IDLE,), "error"),
    # Proof
    ("not served yet", looking(), Looked(detail="0/1 pods are ready", poll=0.5), (Wait(0.5),), "deploying"),
    ("time passes", looking(poll=0.5), Tick(), (LOOK,), "updating"),
    ("a save meanwhile", looking(poll=0.5), SAVE, (Scan(frozenset({A})),), "updating"),
    ("the cluster meanwhile", looking(poll=0.5), ClusterChanged(), (Send(),), "updating"),
    ("served", looking(), Looked(), (Record(SYNC), IDLE), "ok"),
    ("never served", looking(), Looked(AWAY), (Record(SYNC, "no answer"), RECHECK), "error"),
    ("time after it", green(unproved=True, failure=AWAY), Tick(), (LOOK,), "error"),
    ("still not", green(unproved=True, failure=AWAY, retrying=True), Looked(AWAY), (RECHECK,), "error"),
    ("perhaps", green(unproved=True, failure=AWAY, retrying=True), Looked(poll=0.5), (Wait(0.5),), "error"),
    ("now it is", green(unproved=True, failure=AWAY, retrying=True), Looked(), (IDLE,), "ok"),
    ("a module does not compile", looking(uncompiled=frozenset({"/a.ts"})), Looked(BROKEN),
     (Record(SYNC, "it is broken"), IDLE), "error"),
    ("another is saved well", green(unproved=True, failure=BROKEN, uncompiled=frozenset({"/a.ts"})),
     FilesChanged(frozenset({B}), 5.0), (Scan(frozenset({B})),), "updating"),
    ("both are asked for", sending(delivery="done", uncompiled=frozenset({"/a.ts", "/b.ts"})), Tick(),
     (Look(frozenset({"/a.ts", "/b.ts"})),), "updating"),
    # The cluster changes under a green row
    ("pods change", green(), ClusterChanged(), (Send(),), "updating"),
    ("they have all", green(delivery="due", unproved=True), SendEnded(), (LOOK,), "updating"),
    ("and are served", green(unproved=True), Looked(), (IDLE,), "ok"),
    ("its workload is gone", green(unproved=True), Looked(GONE), (IDLE,), "error"),
    ("a save then", green(unproved=True, failure=GONE), SAVE, (Build("web is gone"),), "building"),
    ("it comes back by itself", green(unproved=True, failure=GONE), ClusterChanged(), (Send(),), "error"),
    ("its definition changes", green(), Redefined(True, False, True, 2.0), (Build("its definition changed"),),
     "building"),
    ("links change", green(), Redefined(False, False, True), (IDLE,), "ok"),
    ("auto_init is turned off", green(), Redefined(False, False, False), (IDLE,), "ok"),
    ("it becomes manual", green(), Redefined(True, True, True, 2.0), (IDLE,), "idle"),
    ("others go red", green(), Dependencies(("db",)), (IDLE,), "ok"),
    ("its button", green(), Pressed(2.0), (Build("its button was pressed"),), "building"),
    ("stop", green(), Stopping(), (Stop(),), "ok"),
    ("stop in an update", sending(), Stopping(), (Stop(),), "updating"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "event", "expected", "status"), [row[1:] for row in ROWS],
                         ids=[f"{number}: {row[0]}" for number, row in enumerate(ROWS)])  # fmt: skip
def test_what_is_done_and_shown_after_an_event(
    before: State, event: Event, expected: tuple[Record | Action, ...], status: str
) -> None:
    after, actions = step(before, event)
    assert actions == expected
    assert shown(after)[0] == status


def test_the_table_has_enough_rows_and_each_once() -> None:
    assert len(ROWS) >= 80
    assert len({(repr(row[1]), repr(row[2])) for row in ROWS}) == len(ROWS)


def test_a_module_is_asked_for_until_it_has_compiled() -> None:
    after, _ = step(green(saved_at=1.0), Scanned("sync", "a changed", modules=frozenset({"/a.ts"})))
    after, _ = step(replace(after, delivery="done"), Looked(BROKEN))
    after, _ = step(after, FilesChanged(frozenset({B}), 2.0))
    after, _ = step(after, Scanned("sync", "b changed", modules=frozenset({"/b.ts"})))
    after, actions = step(after, SendEnded())
    assert actions == (Look(frozenset({"/a.ts", "/b.ts"})),)
    after, _ = step(after, Looked(BROKEN, compiled=frozenset({"/b.ts"})))
    assert after.uncompiled == {"/a.ts"}
    after, _ = step(after, Scanned("sync", "a is gone", gone=frozenset({"/a.ts"})))
    assert after.uncompiled == frozenset()


def test_all_modules_of_what_was_deployed_are_asked_for_and_no_others() -> None:
    after, _ = step(deploying(built=True, uncompiled=frozenset({"/gone.ts"})), ApplyEnded(frozenset({"/a.ts"})))
    after, actions = step(after, SendEnded())
    assert actions == (Look(frozenset({"/a.ts"})),)


def test_an_update_counts_from_the_first_save_in_it() -> None:
    after, _ = step(green(), FilesChanged(frozenset({A}), 5.0))
    after, _ = step(replace(after, unseen=frozenset({A})), FilesChanged(frozenset({B}), 6.0))
    after, _ = step(after, Scanned("sync", "a.py and 1 more changed"))
    assert after.attempt == Attempt("sync", "a.py and 1 more changed", 5.0)


def test_every_wait_has_a_reason_that_is_shown() -> None:
    assert shown(deploying(missing=("db", "cache"), built=True)) == ("waiting", "for db, cache")
    assert shown(green(manual=True, pending_deploy="deps changed")) == ("idle", "deps changed: waits for its button")
    assert shown(State()) == ("idle", "starts by its button")
    assert shown(looking(detail="0/1 pods are ready")) == ("deploying", "0/1 pods are ready")
    assert shown(green(failure=BROKEN)) == ("error", "it is broken; fix it")
    assert shown(green(problem="the link a leaves")) == ("error", "the link a leaves")


def test_a_scan_that_was_cut_off_is_made_good_by_one_that_finds_nothing() -> None:
    after, _ = step(green(), ActionFailed(Scan(frozenset({A})), AWAY))
    after, actions = step(after, Tick())
    assert actions == (Scan(everything=True),)
    after, actions = step(after, Scanned("none"))
    assert actions == (LOOK,)
    after, _ = step(after, Looked())
    assert shown(after) == ("ok", "")
