"""One release for all tests of failures. A test that fails prints the state of its pods."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.failure.ledger import Load
from tests.failure.release import Release


@pytest.fixture(scope="session")
def release() -> Iterator[Release]:
    release = Release.build()
    release.delete_namespace()
    try:
        release.install()
        yield release
    finally:
        release.delete_namespace()


class Watch:
    """Sends requests while a test changes the release, and checks what became of them."""

    def __init__(self, release: Release) -> None:
        self._release = release

    @contextmanager
    def no_request_fails(self) -> Iterator[Load]:
        """Also checks that every acknowledged write is there exactly once."""
        load = Load(self._release.stack.url)
        with load.running() as ledger:
            load.wait_for(100)
            yield load
            load.wait_for(100)
        print(f"{ledger.sent} requests, {len(ledger.acknowledged)} writes, {len(ledger.failures)} failed")
        problems = ledger.failures + ledger.differences(load.stored())
        if problems:
            pytest.fail("\n".join([f"of {ledger.sent} requests:", *problems[:50], self._release.diagnosis()]))


@pytest.fixture
def watch(release: Release) -> Watch:
    return Watch(release)
