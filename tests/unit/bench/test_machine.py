"""What is said of the machine of a measurement."""

from __future__ import annotations

from scripts.bench.machine import Conditions, Machine, busy_share, machine, parse_cpu, parse_memory, parse_processor

MACHINE = Machine(2, "Model X", 15.6, "Linux 6.1.0")


def conditions(*shares: float) -> Conditions:
    load = (0.5, 0.25, 0.1), (1.5, 0.5, 0.2)
    return Conditions("./dev bench loop", "2030-01-01T00:00:00+00:00", "abc1234", "embedded", MACHINE, *load, [*shares])


def test_memory_and_processor_are_read_if_present() -> None:
    assert parse_memory("MemTotal:  2097152 kB\nMemFree: 1 kB\nMemAvailable: 1048576 kB\n") == 2.0
    assert parse_memory("") == 0.0
    assert parse_processor("processor\t: 0\nmodel name\t: Model X v2\nmodel name\t: Model X v2\n") == "Model X v2"
    assert parse_processor("processor\t: 0\nCPU part\t: 0xd0c\n") == ""


def test_this_machine_can_be_described() -> None:
    here = machine()
    assert here.cores >= 1
    assert here.memory > 0


def test_the_busy_share_is_all_but_idle_and_waiting_time() -> None:
    before = parse_cpu("cpu  100 0 50 700 100 10 20 20 5 5\ncpu0 1 2 3\n")
    assert before == (1000, 800)
    after = parse_cpu("cpu  140 0 70 720 110 10 20 30 5 5\n")
    assert busy_share(before, after) == 0.7
    assert busy_share(before, before) == 0.0


def test_the_conditions_name_machine_command_and_load() -> None:
    assert conditions(0.1, 0.2).lines() == [
        "$ ./dev bench loop",
        "2030-01-01T00:00:00+00:00, commit abc1234, cluster embedded",
        "2 cores (Model X), 16 GiB memory, Linux 6.1.0",
        "load 0.50 0.25 0.10 before, 1.50 0.50 0.20 after",
    ]


def test_a_machine_that_did_something_else_at_any_time_is_warned_about() -> None:
    busy = conditions(0.1, 0.62, 0.1)
    assert busy.busy
    assert "warning: the machine was busy: up to 62% of its processors while nothing was measured;" in busy.lines()
    assert not conditions(0.1, 0.2).busy
