"""Keeps what helps to understand a failed test: its report, and what the cluster looked like at that moment. Has the
browser of those that look at pages without a cluster."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from scripts.core.runner import Subprocess
from scripts.testing import cluster_state
from tests.artefacts import artefacts_of, collecting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """For tests without a cluster. While it is open, nothing else may run an event loop in this thread, so others open
    one of their own. Skips what needs it where none is installed."""
    from playwright.sync_api import sync_playwright  # only few tests have a use for it

    from scripts import browser

    if browser.program() is None:
        pytest.skip(browser.MISSING)
    with sync_playwright() as playwright:
        running = browser.launch(playwright)
        yield running
        running.close()
