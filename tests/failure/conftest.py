"""One release for all tests of failures. A test that fails prints the state of its pods."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest

from scripts.cluster.embedded.node_container import NAME, USUAL_NAME
from scripts.cluster.embedded.provider import Embedded
from tests.artefacts import collecting
from tests.failure.ledger import Load
from tests.failure.leftovers import check_nothing_is_left
from tests.failure.node import remove_cuts
from tests.failure.recovery import APPLICATION, DEADLINE_SECONDS, Fault, Recovery, table
from tests.failure.release import Release

RECOVERIES = pytest.StashKey[list[Recovery]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RECOVERIES] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    release = getattr(item, "funcargs", {}).get("release")
    if report.when != "teardown" and report.failed and isinstance(release, Release):
        with collecting("the release's state", report):
            report.sections.append(("the release", release.diagnosis()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if recoveries := config.stash[RECOVERIES]:
        terminalreporter.section("recovery from each fault")
        for line in table(recoveries):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def release() -> Iterator[Release]:
    release = Release.build()
    release.delete_namespace()
    if isinstance(release.provider, Embedded):
        remove_cuts(release.provider)
    try:
        install(release)
        yield release
    finally:
        release.delete_namespace()
    check_nothing_is_left(release)


def install(release: Release) -> None:
    """A failure also tells the state of the release, which is gone with its namespace when it is reported."""
    try:
        release.install()
    except (Exception, pytest.fail.Exception) as failure:
        failure.add_note(release.diagnosis())
        raise


@pytest.fixture
def node(release: Release) -> Iterator[Embedded]:
    if not isinstance(release.provider, Embedded):
        pytest.skip("acts on the machine below the pods, so it needs the embedded cluster")
    remove_cuts(release.provider)
    yield release.provider
    remove_cuts(release.provider)


@pytest.fixture
def own_node(node: Embedded) -> Embedded:
    """One that nobody else uses."""
    if NAME == USUAL_NAME:
        pytest.skip("harms the whole node, so it needs one of its own, as ./dev test failure sets it up")
    return node


class Watch:
    """Sends requests while a test changes or harms the release, and checks what became of them."""

    def __init__(self, release: Release, record: Callable[[Recovery], None]) -> None:
        self._release = release
        self._record = record

    @contextmanager
    def no_request_fails(self, name: str) -> Iterator[Load]:
        """While the block runs, and every acknowledged write is there exactly once after it."""
        load = Load(self._release.stack.url)
        with load.running() as ledger:
            load.wait_for(100)
            change = Fault(name, APPLICATION, load)
            yield load
            change.ends()
            load.wait_for(100)
        self._record(change.recovery())
        _check(load, ledger.failures)

    @contextmanager
    def recovers(self, name: str, goal: int, *, explained: bool = True) -> Iterator[Fault]:
        """Requests may fail while the block runs, but each failure is explained, unless `explained` is false. After it
        the stack serves again, and every acknowledged write is there exactly once."""
        load = Load(self._release.stack.url)
        with load.running() as ledger:
            load.wait_for(25)
            fault = Fault(name, goal, load)
            yield fault
            served = fault.wait_until_served()
        if not served:
            failures = "\n".join(ledger.failures[-20:])
            pytest.fail(f"{name}: requests are not served again within {DEADLINE_SECONDS} s\n{failures}")
        self._record(fault.recovery())
        _check(load, ledger.unexplained if explained else [])


def _check(load: Load, unwanted: list[str]) -> None:
    ledger = load.ledger
    print(f"{ledger.sent} requests, {len(ledger.acknowledged)} writes, {len(ledger.failures)} failed")
    problems = unwanted + ledger.differences(load.stored())
    if problems:
        pytest.fail("\n".join([f"of {ledger.sent} requests:", *problems[:50]]))


@pytest.fixture
def watch(release: Release, request: pytest.FixtureRequest) -> Watch:
    release.wait_until_served()
    return Watch(release, request.config.stash[RECOVERIES].append)
