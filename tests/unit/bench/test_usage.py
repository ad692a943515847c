"""What is read from cgroups, of both versions, in what the program prints that reads them."""

from __future__ import annotations

import itertools
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Lock
from typing import Any

import pytest

from scripts.bench.load.usage import SCRIPT, Meter, Reading, cores, growth, parse, sampled, sections
from scripts.core.errors import UserError
from scripts.kube.api import Kube
from scripts.kube.exec import Executed

V1 = {
    "memory/memory.usage_in_bytes": "1000\n",
    "memory/memory.stat": "cache 500\ninactive_file 1\ntotal_inactive_file 300\ntotal_rss 600\n",
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
    "cpuacct/cpuacct.usage": "2500000000\n",
    "cpu/cpu.stat": "nr_periods 50\nnr_throttled 5\nthrottled_time 123456789\n",
}
V2 = {
    "memory.current": "1000\n",
    "memory.stat": "anon 600\ninactive_file 300\nactive_file 100\n",
    "memory.events": "low 0\nmax 0\noom 2\noom_kill 2\n",
    "cpu.stat": "usage_usec 2500000\nuser_usec 1\nnr_periods 50\nnr_throttled 5\n",
}


def printed(files: dict[str, str], folder: Path) -> str:
    """What the real programs print for a cgroup with these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    script = SCRIPT.replace("/sys/fs/cgroup", str(folder))
    return subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("files", [V1, V2], ids=["version 1", "version 2"])
def test_both_versions_of_cgroups_give_the_same_reading(files: dict[str, str], tmp_path: Path) -> None:
    reading = Reading(7.0, working_set=700, own=600, cpu=2.5, periods=50, throttled=5, oom_kills=2)
    assert parse(printed(files, tmp_path), 7.0) == reading


@pytest.mark.parametrize("files", [V1, V2], ids=["version 1", "version 2"])
def test_without_a_cpu_limit_there_are_no_periods(files: dict[str, str], tmp_path: Path) -> None:
    without = {name: "usage_usec 2500000\n" if "cpu.stat" in name else text for name, text in files.items()}
    assert parse(printed(without, tmp_path), 7.0).periods == 0


def test_a_cgroup_without_memory_has_no_reading(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="memory"):
        parse(printed({"cpu.stat": "usage_usec 1\n", "memory.events": "oom_kill 0\n"}, tmp_path), 7.0)


def test_what_is_no_figure_is_left_out() -> None:
    text = "==> memory.max <==\nmax\n\n==> memory.current <==\n12\n"
    assert sections(text) == {"memory.max": {}, "memory.current": {"": 12}}


def test_processors_in_use_are_counted_between_two_readings() -> None:
    before, after = Reading(10.0, 0, 0, 3.0), Reading(14.0, 0, 0, 5.0)
    assert cores(before, after) == 0.5
    assert cores(before, before) == 0.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [([100, 100, 150, 150], 0.5), ([100, 900, 100, 100, 900, 100], 0.0), ([100, 50], -0.5), ([100], 0.0), ([], 0.0)],
)
def test_growth_compares_the_medians_of_two_halves_so_that_a_peak_is_none(values: list[int], expected: float) -> None:
    assert growth(values) == expected


def test_readings_go_on_from_before_the_block_to_after_it() -> None:
    numbers, third = itertools.count(), Event()

    def read() -> dict[str, Reading]:
        number = next(numbers)
        if number == 2:
            third.set()
        return {"backend": Reading(number, 0, 0, 0.0)}

    with sampled(read, 0.001) as readings:
        assert third.wait(60)
    assert [each["backend"].at for each in readings] == list(range(len(readings)))
    assert len(readings) > 3


class OneAtATime:
    """A container's shell that waits with its answer until it is asked again, or half a second."""

    def __init__(self, text: str) -> None:
        self._text, self._busy, self._again = text, Lock(), Event()

    def run(self, script: str) -> Executed:
        if self._busy.acquire(blocking=False):
            self._again.wait(0.5)
            self._busy.release()
        else:
            self._again.set()
        return Executed(0, self._text, "")

    def close(self) -> None:
        assert not self._again.is_set(), "asked by two threads at a time"


class Containers(Kube):
    def __init__(self, text: str) -> None:
        self._text = text

    def shell(self, namespace: str, pod: str, container: str) -> Any:
        return OneAtATime(self._text)


def test_two_readings_at_the_same_time_ask_one_after_the_other(tmp_path: Path) -> None:
    meter, begun = Meter(Containers(printed(V2, tmp_path)), "n", {"a": ("pod", "a"), "b": ("pod", "b")}), Barrier(2)

    def read() -> dict[str, Reading]:
        begun.wait(60)
        return meter.read()

    with ThreadPoolExecutor(2) as both:
        for reading in [both.submit(read) for _ in range(2)]:
            assert reading.result()["a"].own == 600
    meter.close()


def test_a_reading_that_fails_is_an_error_after_the_block() -> None:
    answers, failed = iter([{"backend": Reading(0, 0, 0, 0.0)}]), Event()

    def read() -> dict[str, Reading]:
        try:
            return next(answers)
        except StopIteration:
            failed.set()
            raise UserError("the backend is gone") from None

    with pytest.raises(UserError, match="is gone"), sampled(read, 0.001):
        assert failed.wait(60)
