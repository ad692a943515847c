"""One edit's way through the engine, as its calls were recorded: down from the worker, and back once per action."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from scripts.core.paths import ROOT
from tests.unit.engine.worker_bench import SERVICE, Bench
from tests.unit.engine.worker_bench import bench as bench
from tests.unit.test_architecture import ENGINE_ORDER

ENGINE = ROOT / "scripts/engine"
RANK = {part: rank for rank, parts in enumerate(ENGINE_ORDER) for part in parts}
ACTIONS = {"_scan": "Scan", "_build": "Build", "_apply": "Apply", "_send": "Send", "_look": "Look"}


def part_of(frame: FrameType) -> str:
    """The engine's package or module that a frame belongs to; "" for other code."""
    path = Path(frame.f_code.co_filename)
    return path.relative_to(ENGINE).parts[0].removesuffix(".py") if path.is_relative_to(ENGINE) else ""


class Recorder:
    """The actions of the worker's thread, in order, and the calls between packages: `calls` within an action, `others`
    when a status is shown, which other resources may wait for."""

    def __init__(self) -> None:
        self.actions: list[str] = []
        self.calls: list[tuple[str, str]] = []
        self.others: list[tuple[str, str]] = []

    def profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "call" or threading.current_thread().name != "worker web" or not (callee := part_of(frame)):
            return
        caller = frame.f_back
        while caller is not None and not part_of(caller):
            caller = caller.f_back
        if caller is None:
            return
        name, by = frame.f_code.co_name, caller.f_code.co_name
        if by == "_run" and name in ACTIONS:
            self.actions.append(ACTIONS[name])
        elif callee != part_of(caller):
            (self.calls if _in_action(frame) else self.others).append((part_of(caller), callee))


def _in_action(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "_run" and part_of(frame) == "loop":
            return True
        frame = frame.f_back
    return False


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    threading.setprofile(made.profile)
    yield made
    threading.setprofile(None)


def test_each_action_calls_downwards_only_and_the_worker_alone_goes_from_one_to_the_next(
    recorder: Recorder, bench: Bench
) -> None:
    bench.serve_sources()
    bench.started(objects=(*bench.resource.objects, SERVICE))
    started = len(recorder.actions)
    assert list(dict.fromkeys(recorder.actions)) == ["Build", "Apply", "Send", "Look"]
    bench.cluster.refuse = lambda method, path: bench.serve_sources()
    bench.save("app/a.py", "A = 2\n")
    bench.wait_for("rebuild", "sync")
    edit = recorder.actions[started:]
    after_scan = edit[edit.index("Scan") :]  # a late change of the cluster may have been looked at before
    assert list(dict.fromkeys(after_scan)) == ["Scan", "Send", "Look"]
    assert {(caller, callee) for caller, callee in recorder.calls if RANK[callee] < RANK[caller]} == set()
    assert ("loop", "update") in recorder.calls and ("loop", "proof") in recorder.calls


def test_the_recorder_sees_a_call_upwards(recorder: Recorder, bench: Bench) -> None:
    bench.start()
    bench.becomes("ok")
    assert ("record", "loop") in recorder.others  # other resources hear of a change of status
