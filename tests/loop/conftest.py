"""One running loop for all tests here; every test's edits are undone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scripts.bench.edits import Probe
from scripts.services import SERVICES
from tests.checkouts import NAME, UMASK, make_private
from tests.e2e.conftest import register as register
from tests.e2e.conftest import user as user
from tests.e2e.deployed import Deployed, find
from tests.loop.running_loop import Edits, RunningLoop, copy_checkout


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLoop]:
    """In a folder whose name has spaces and letters beyond ASCII, and under a umask that lets nobody else read the
    checkout, nor what the loop and the tests write."""
    umask = os.umask(UMASK)
    running = RunningLoop(make_private(copy_checkout(tmp_path_factory.mktemp("checkout") / NAME)))
    try:
        running.start()
        yield running
    finally:
        status = running.stop()
        os.umask(umask)
    assert status == 0, running.output[-20:]


@pytest.fixture(scope="session")
def stack(loop: RunningLoop) -> Deployed:
    return find()


@pytest.fixture
def probe(stack: Deployed) -> Probe:
    """Asks the services themselves."""
    return Probe(stack.kube, lambda port: stack.url)


@pytest.fixture
def http(stack: Deployed) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def edits(loop: RunningLoop) -> Iterator[Edits]:
    made = Edits(Path(loop.folder))
    yield made
    made.undo()
    for service in SERVICES:
        loop.until_served(service.component)
    loop.until(loop.green, "all is green again after the edits were undone")
