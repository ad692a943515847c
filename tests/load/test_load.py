"""The benches of a release under load, as they are run by hand, with what has to hold whatever the machine."""

from __future__ import annotations

import os

from scripts.bench.load import api, stack
from scripts.bench.load.api_report import BARE, DIRECT
from scripts.bench.load.operations import ADD, MIX, OPERATIONS, READ
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess

MINUTES = float(os.environ.get("TODO_LOAD_MINUTES", "10"))


def test_minutes_of_load_leave_every_pod_within_its_limits() -> None:
    report = stack.measure(Subprocess(), Steps(), stack.Plan(minutes=MINUTES), None)
    print(report.text())
    assert report.problems() == []


def test_more_clients_than_connections_to_the_database_are_all_answered() -> None:
    report = api.measure(Subprocess(), Steps(), api.Plan(clients=32), None)
    print(report.text())
    assert report.failures() == []
    measured = {(phase.served_by, phase.operation) for phase in report.phases if phase.timings.seconds}
    assert measured == {(by, name) for by in ("1", "2") for name in (*OPERATIONS, MIX)} | {
        (by, name) for by in (DIRECT, BARE) for name in (READ, ADD)
    }
