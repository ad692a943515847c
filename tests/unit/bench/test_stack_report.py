"""What `./dev bench stack` finds right and wrong, its tables, its JSON and its picture."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.bench.load.amounts import number
from scripts.bench.load.plot import spec
from scripts.bench.load.stack_report import Container, StackReport
from scripts.bench.load.traffic import Timings
from scripts.bench.load.usage import Reading
from tests.unit.bench.test_machine import MACHINE, conditions

MIB = 2**20


def readings(*sizes: float, seconds: float = 0.5) -> list[Reading]:
    """In MiB, one each ten seconds; a processor is in use for `seconds` of each second."""
    return [
        Reading(10.0 * number, int(size * MIB), int(size * MIB), 10 * seconds * number, 100 + number, 0)
        for number, size in enumerate(sizes)
    ]


GOOD = Container(
    "backend", {"cpu": "50m", "memory": "160Mi"}, {"cpu": "1", "memory": "300Mi"},
    Reading(0.0, 90 * MIB, 80 * MIB, 1.0, 100, 5), readings(*[100] * 100), 0,
)  # fmt: skip


GROWN = readings(*[60] * 75, *[100] * 25)


def report(*containers: Container, **timings: Timings) -> StackReport:
    return StackReport(conditions(), 20, containers, timings, 300)


def test_a_container_within_its_limits_has_no_problem() -> None:
    assert report(GOOD).problems() == []
    assert report(GOOD).text().endswith("every container is within its limits")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"limits": {"memory": "149Mi"}}, "backend needs 100 MiB, of which 1.5 are more than its memory limit"),
        ({"limits": {"cpu": "1"}}, "backend has no memory limit"),
        ({"limits": {"cpu": "500m", "memory": "1Gi"}}, "the CPU limit of backend is 500m: less than one processor"),
        ({"readings": GROWN}, "the memory of backend grew by 67% in the last half of the load"),
        ({"start": replace(GOOD.start, throttled=6)}, "backend was throttled in 6% of its periods at start"),
        ({"restarts": 1}, "backend was restarted 1 times"),
        (
            {"readings": [*GOOD.readings, replace(GOOD.readings[-1], at=2e3, oom_kills=1)]},
            "of backend 1 processes were killed for lack of memory",
        ),
        ({"readings": readings(100, 100, 100, seconds=2.5)}, "the whole stack: 2.50 cores in use, p99, more than 2"),
        ({"requests": {"cpu": "2500m"}}, "the whole stack: 2.50 requested cores, more than 2"),
    ],
)  # fmt: skip
def test_each_thing_that_does_not_hold_is_named(change: dict[str, Any], problem: str) -> None:
    found = report(replace(GOOD, **change))
    assert found.problems() == [problem]
    assert found.text().endswith(f"NOT MET: {problem}")


def test_no_cpu_limit_is_as_good_as_one_of_a_processor() -> None:
    assert report(replace(GOOD, limits={"memory": "300Mi"})).problems() == []


def test_a_rise_before_the_last_half_is_no_growth_and_a_single_peak_is_no_p99() -> None:
    warmed_up = readings(*[50] * 100, *[100] * 99, 290)
    assert report(replace(GOOD, readings=[*warmed_up, *readings(*[100] * 100)])).problems() == []


def test_a_failed_request_is_a_problem() -> None:
    assert report(GOOD, add=Timings([0.1], 1, ["add: 503"])).problems() == ["a request failed: add: 503"]


def test_the_stack_is_measured_together() -> None:
    both = report(GOOD, replace(GOOD, name="postgres", readings=readings(*[60] * 100)))
    assert both.memory_p99 == 160 * MIB
    assert both.cores_p99 == 1.0
    *_, last = both.memory_table()
    assert [cell.strip() for cell in last.strip("|").split("|")] == [
        "together", "320", "180", "", "160", "600", "", "", "",
    ]  # fmt: skip
    too_much = report(GOOD, replace(GOOD, limits={"memory": "4Gi"}))
    assert too_much.problems()[0].startswith("the whole stack: ")


def test_the_json_has_every_reading_and_the_machine() -> None:
    found = json.loads(json.dumps(report(GOOD, read=Timings([0.25] * 3, elapsed=1.5)).as_json()))
    assert len(found["containers"]["backend"]["readings"]) == 100
    assert found["operations"]["read"]["rate"] == 2.0
    assert found["run"]["machine"]["processor"] == MACHINE.processor


def test_the_history_keeps_memory_processors_and_times() -> None:
    assert report(GOOD, read=Timings([0.25])).figures() == {
        "backend memory p99": 100.0, "backend processors": 0.5, "read 50 tasks p50": 0.25,
    }  # fmt: skip


def test_the_picture_names_the_machine_and_draws_every_reading() -> None:
    drawn = spec(report(GOOD))
    assert str(MACHINE) in drawn["title"]["subtitle"]
    memory, processors = (panel["data"]["values"] for panel in drawn["vconcat"])
    assert memory[1] == {"seconds": 10.0, "value": 100.0, "container": "backend"}
    assert (len(memory), len(processors), processors[0]["value"]) == (100, 99, 0.5)


@pytest.mark.parametrize(
    ("text", "value"), [("384Mi", 384 * MIB), ("500m", 0.5), ("1", 1), ("1.5Gi", 1.5 * 2**30), ("2k", 2000)]
)
def test_amounts_are_read_as_kubernetes_reads_them(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "Mi", "1 Gi", "1mb", "-1"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        number(text)
