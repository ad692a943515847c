"""Commands in containers, over a real WebSocket."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterable, Iterator

import pytest

from scripts.kube.access import Access
from scripts.kube.api import Kube
from scripts.kube.exec import TIMED_OUT, exit_status, transfer
from tests.unit.kube.exec_server import exec_server


def kube(url: str) -> Kube:
    return Kube(Access(url))


def test_a_command_ends_with_its_status_and_output() -> None:
    told = b'\x03{"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "7"}]}}'
    with exec_server(b"\x01out", b"\x02err", told, ends=True) as url:
        done = kube(url).execute("n", "pod", "app", ["x"], timeout=10)
    assert (done.status, done.stdout, done.stderr) == (7, "out", "err")


def test_a_command_that_does_not_end_in_time_is_not_taken_for_a_broken_connection() -> None:
    with exec_server(b"\x01begun", ends=False) as url:
        done = kube(url).execute("n", "pod", "app", ["x"], timeout=2)
    assert (done.status, done.stdout, done.stderr) == (TIMED_OUT, "begun", "no end after 2 s")
    with exec_server(ends=True) as url:
        assert kube(url).execute("n", "pod", "app", ["x"], timeout=10).status == -1


def test_a_connection_that_is_cut_is_status_minus_1_with_the_output_and_the_reason() -> None:
    with exec_server(b"\x01begun", b"\x02why\n", ends=False, cuts=True) as url:
        done = kube(url).execute("n", "pod", "app", ["x"], timeout=10)
    assert (done.status, done.stdout) == (-1, "begun")
    assert done.stderr.startswith("why\n") and "onnection" in done.stderr


def test_output_that_never_stops_does_not_put_off_the_deadline() -> None:
    with exec_server(ends=False, endless=b"\x01y\n") as url:
        done = kube(url).execute("n", "pod", "app", ["yes"], timeout=0.2)
    assert (done.status, done.stderr) == (TIMED_OUT, "no end after 0.2 s")


def fail(data: bytes = b"") -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def full_disk() -> Iterator[bytes]:
    yield b"1"
    fail()


@pytest.mark.parametrize(
    ("stdin", "write"), [([], fail), (full_disk(), bytes)], ids=["output to a file", "input from a file"]
)
def test_a_local_file_that_fails_is_not_blamed_on_the_connection(
    stdin: Iterable[bytes], write: Callable[[bytes], object]
) -> None:
    with exec_server(b"\x01out", ends=True) as url:
        opened = kube(url).open_exec("n", "pod", "app", ["x"])
        with pytest.raises(OSError) as raised:
            transfer(opened, stdin, write, 10)
    assert raised.value.errno == errno.ENOSPC


EXEC = "Internal error occurred: error executing command in container: failed to exec in container: "
START = f'{EXEC}failed to start exec "fc7ef1a7": OCI runtime exec failed: exec failed: '


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (f'{START}unable to start container process: exec: "sh": executable file not found in $PATH: unknown', 127),
        (f"{START}executable file `sh` not found in $PATH: No such file or directory: unknown", 127),
        (f"{EXEC}failed to load task: no running task found: task fc7ef1a7 not found", -1),
        (f"{START}unable to start container process: error adding pid 7 to cgroups: no such file or directory", -1),
    ],
    ids=["runc", "crun", "no container", "container ends"],
)
def test_a_command_that_the_container_does_not_have_ends_with_127_as_in_a_shell(message: str, status: int) -> None:
    told = {"status": "Failure", "message": message, "reason": "InternalError", "code": 500}
    assert exit_status(json.dumps(told).encode()) == status
