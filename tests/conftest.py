"""Keeps what helps to understand a failed test: its report, and what the cluster looked like at that moment."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from scripts.core.runner import Subprocess
from scripts.testing import cluster_state
from tests.artefacts import artefacts_of, collecting

# A cluster that is broken fails every test, and looks the same after each.
STATES_MAX = 5
STATES = pytest.StashKey[int]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and (folder := artefacts_of(item)) is not None:
        with collecting("the report", report):
            folder.mkdir(parents=True, exist_ok=True)
            sections = [f"---- {title}\n{text}" for title, text in report.sections]
            (folder / f"{report.when}.txt").write_text("\n".join([report.longreprtext, *sections]))
        states = item.config.stash.get(STATES, 0)
        if states < STATES_MAX:
            item.config.stash[STATES] = states + 1
            with collecting("the state of the cluster", report):
                cluster_state.write(Subprocess(), folder)
    return report
