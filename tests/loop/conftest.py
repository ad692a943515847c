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
def private() -> Iterator[None]:
    """What the loop and its tests write is theirs alone, as for a person with this umask."""
    before = os.umask(UMASK)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def loop(private: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLoop]:
    """On a checkout in a folder with a space and letters beyond ASCII in its name, which nobody else can read."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout") / NAME)
    running = RunningLoop(make_private(checkout))
    try:
        running.start()
        yield running
    finally:
        status = running.stop()
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
