"""What the workers of a loop share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scripts.core.progress import Steps
from scripts.core.slots import Slots
from scripts.engine.proof.prover import Instruments
from scripts.engine.record.board import Board
from scripts.engine.record.pod_logs import PodLogs
from scripts.engine.settings import SourcesOf
from scripts.engine.update.build import Builder


@dataclass(frozen=True)
class Tools:
    """`manager` owns the fields that are applied. `lost` says why this loop must change nothing any more, "" while it
    may; `unheard`, whether a save is on its way to the worker of a resource; `stays`, that updates will follow."""

    instruments: Instruments
    builder: Builder
    board: Board
    pod_logs: PodLogs
    steps: Steps
    slots: Slots
    manager: str
    sources_of: SourcesOf
    lost: Callable[[], str] = lambda: ""
    unheard: Callable[[str], bool] = lambda name: False
    stays: bool = False
