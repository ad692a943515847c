"""A release of the final images under a fixed number of requests: its pods stay within their limits and do not grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from scripts.bench.load import operations
from scripts.bench.load.operations import ADD, CHAT, MCP, READ
from scripts.bench.load.release import Release, built, resources, restarts
from scripts.bench.load.stack_report import GROWTH, SPARE, Container
from scripts.bench.load.traffic import Limit, Operation, saturate
from scripts.bench.load.usage import Meter, Reading, sampled
from scripts.cluster import select
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.services import SERVICES

ROUND = {READ: 300, ADD: 100, CHAT: 20, MCP: 60}
"""Operation → how often a round has it."""
CLIENTS = 8
SECONDS = 120
SAMPLE_SECONDS = 0.5
READINGS = 20
COMPONENTS = sorted([*(service.component for service in SERVICES), "postgres"])


@dataclass(frozen=True)
class Used:
    """The containers by name with the readings of the load, and one reading after each of two equal rounds."""

    containers: dict[str, Container]
    first: dict[str, Reading]
    second: dict[str, Reading]


@pytest.fixture(scope="module")
def release() -> Iterator[Release]:
    with built(Subprocess(), select.choose()[0], Steps()) as release:
        release.install(1)
        yield release


@pytest.fixture(scope="module")
def used(release: Release) -> Used:
    """The first of three rounds fills what is filled once: pools, caches, the parts of programs that load late."""
    with release.meter() as meter:
        start = meter.read()
        found, _ = operations.of(release.url)
        with sampled(meter.read, SAMPLE_SECONDS) as readings:
            _, first, second = (round_of(found, meter) for _ in range(3))
    pods = release.pods()
    amounts, again = resources(pods), restarts(pods)
    containers = {
        name: Container(
            name, amounts[name]["requests"], amounts[name]["limits"], start[name],
            [each[name] for each in readings], again[name],
        )
        for name in start
    }  # fmt: skip
    return Used(containers, first, second)


def round_of(found: dict[str, Operation], meter: Meter) -> dict[str, Reading]:
    for name, count in ROUND.items():
        timings = saturate([found[name]], CLIENTS, Limit(SECONDS, count))
        assert (timings.failures, len(timings.seconds)) == ([], count)
    return least([meter.read() for _ in range(READINGS)])


def least(readings: list[dict[str, Reading]]) -> dict[str, Reading]:
    """Those with the least memory, as what comes and goes (a process that vacuums a table, garbage) is no growth."""
    return {name: min((each[name] for each in readings), key=lambda reading: reading.own) for name in COMPONENTS}


def test_every_container_is_measured(used: Used) -> None:
    assert sorted(used.containers) == COMPONENTS


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_memory_limit_has_room_over_the_peak(name: str, used: Used) -> None:
    container = used.containers[name]
    assert container.memory_limit is not None
    assert max(container.memory) <= container.memory_limit / SPARE


@pytest.mark.parametrize("name", COMPONENTS)
def test_nothing_was_killed_or_started_again(name: str, used: Used) -> None:
    container = used.containers[name]
    assert (container.restarts, container.readings[-1].oom_kills) == (0, 0)


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_round_leaves_no_more_memory_in_use_than_an_equal_one_before(name: str, used: Used) -> None:
    assert used.second[name].own <= used.first[name].own * (1 + GROWTH)


@pytest.mark.parametrize("name", COMPONENTS)
def test_it_starts_without_being_throttled(name: str, used: Used) -> None:
    """With the start, not with the load: what it took until it was ready."""
    assert used.containers[name].throttled_at_start <= 0.05
