"""A shell that stays open, carried out by the real sh, dd and tar of this machine behind a websocket's interface."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from websocket import ABNF, WebSocket, WebSocketConnectionClosedException, WebSocketTimeoutException

from scripts.kube.errors import ApiError
from scripts.kube.exec import EXEC_SECONDS, TIMED_OUT
from scripts.kube.shell import AHEAD_SECONDS, RECORD, Shell

ENDED = b'\x03{"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "%d"}]}}'


class Exec:
    """An exec of a container: a process here. `cut` is a connection that breaks, which shows with the next use."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.cut = False
        self.seconds: float | None = None  # that it waits
        self._frames: queue.Queue[tuple[int, bytes]] = queue.Queue()
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.process = subprocess.Popen(argv, start_new_session=True, **pipes)
        self._readers = [threading.Thread(target=self._read, args=(number,)) for number in (1, 2)]
        for reader in self._readers:
            reader.start()
        self._waiter = threading.Thread(target=self._wait)
        self._waiter.start()

    def _read(self, number: int) -> None:
        pipe = (self.process.stdout, self.process.stderr)[number - 1]
        assert pipe
        while data := os.read(pipe.fileno(), 7):  # a few bytes a frame: nothing may depend on how they are cut
            self._frames.put((ABNF.OPCODE_BINARY, bytes([number]) + data))

    def _wait(self) -> None:
        for reader in self._readers:
            reader.join()
        self._frames.put((ABNF.OPCODE_BINARY, ENDED % self.process.wait()))
        self._frames.put((ABNF.OPCODE_CLOSE, b""))

    def settimeout(self, seconds: float | None) -> None:
        self.seconds = seconds

    def send(self, data: bytes, opcode: int) -> None:
        assert self.process.stdin and data[:1] == b"\0"
        try:
            self.process.stdin.write(data[1:])
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # an API server takes what nobody reads

    def recv_data_frame(self, control: bool) -> tuple[int, Any]:
        if self.cut:
            raise WebSocketConnectionClosedException("cut")
        try:
            opcode, data = self._frames.get(timeout=self.seconds)
        except queue.Empty:
            raise WebSocketTimeoutException("timed out") from None
        return opcode, SimpleNamespace(data=data)

    def shutdown(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> None:
        self.shutdown()
        self._waiter.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe
            with suppress(BrokenPipeError):
                pipe.close()


class Container:
    def __init__(self) -> None:
        self.execs: list[Exec] = []
        self.command: list[str] | None = None
        self.refuses = False
        self.shell = Shell(self.connect)

    def connect(self, argv: Sequence[str]) -> WebSocket:
        if self.refuses:
            raise ApiError("run a command in pod web-1", 404, "pod not found")
        self.execs.append(Exec(self.command or argv))
        return cast(WebSocket, self.execs[-1])


@pytest.fixture
def container() -> Iterator[Container]:
    made = Container()
    yield made
    made.shell.close()
    for each in made.execs:
        each.end()


def test_scripts_run_one_after_another_in_one_shell(container: Container, tmp_path: Path) -> None:
    for number in range(3):
        done = container.shell.run(f"echo {number}; echo it\\'s {number} >&2; cat > {tmp_path}/{number}", b"x" * RECORD)
        assert (done.status, done.stdout, done.stderr) == (0, f"{number}\n", f"it's {number}\n")
        assert (tmp_path / str(number)).read_bytes() == b"x" * RECORD
    assert len(container.execs) == 1


def test_input_of_any_length_arrives_and_a_script_without_gets_none(container: Container, tmp_path: Path) -> None:
    for length in (1, RECORD - 1, RECORD + 1, 3_000_000):
        content = os.urandom(length)
        assert container.shell.run(f"cat > {tmp_path}/file", content).status == 0
        assert (tmp_path / "file").read_bytes().startswith(content)
        assert (tmp_path / "file").stat().st_size % RECORD == 0
    assert container.shell.run("cat").stdout == ""
    assert len(container.execs) == 1


def test_a_script_of_many_lines_with_odd_names_arrives_as_it_is(container: Container) -> None:
    words = ["it's", 'a "b"', "c\\d", "é", "new\nline", "$HOME", "*"]
    script = "\n".join(f"printf '%s|' '{word.replace(chr(39), chr(39) + chr(92) + chr(39) * 2)}'" for word in words)
    assert container.shell.run(script).stdout == "|".join(words) + "|"


def test_what_a_failed_script_left_unread_is_not_for_the_next(container: Container) -> None:
    done = container.shell.run("echo no such table >&2; exit 90", b"echo bad; exit 3\n" * 100_000)
    assert (done.status, done.stderr) == (90, "no such table\n")
    done = container.shell.run("echo good", b"")
    assert (done.status, done.stdout) == (0, "good\n")


def test_a_shell_that_was_ended_or_cut_off_is_opened_again_for_the_next_script(container: Container) -> None:
    container.shell.open()
    container.execs[-1].shutdown()
    assert container.shell.run("echo again").stdout == "again\n"
    container.execs[-1].cut = True
    assert container.shell.run("echo and again").stdout == "and again\n"
    assert len(container.execs) == 3


def test_a_script_that_does_not_end_in_time_has_a_status_of_its_own_and_is_not_repeated(container: Container) -> None:
    container.shell.open()
    done = container.shell.run("echo begun; exec sleep 60", timeout=2)
    assert (done.status, done.stdout, done.stderr) == (TIMED_OUT, "begun\n", "no end after 2 s")
    assert container.shell.run("echo next").stdout == "next\n"
    assert len(container.execs) == 2


def test_a_container_that_does_not_answer_holds_up_what_opens_a_shell_ahead_for_a_moment_only(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    def silent(each: Exec, control: bool) -> tuple[int, Any]:
        waited.append(each.seconds or EXEC_SECONDS)
        raise WebSocketTimeoutException("timed out")

    monkeypatch.setattr(Exec, "recv_data_frame", silent)
    container.shell.open()
    assert max(waited) <= AHEAD_SECONDS < EXEC_SECONDS / 10
    monkeypatch.undo()
    assert container.shell.run("echo good").stdout == "good\n"
    assert len(container.execs) == 2


def test_a_container_without_a_shell_tells_its_status(container: Container) -> None:
    container.command = ["sh", "-c", "echo no sh here >&2; exit 127"]
    done = container.shell.run("true")
    assert (done.status, done.stderr) == (127, "no sh here\n")


def test_a_container_without_a_dd_that_reads_whole_blocks_runs_nothing_and_says_so(
    container: Container, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dd").write_text("#!/bin/sh\necho \"dd: unknown iflag 'fullblock'\" >&2\nexit 1\n")
    (tmp_path / "dd").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    done = container.shell.run(f"touch {tmp_path}/ran", b"input")
    assert (done.status, done.stderr) == (127, "no dd that knows iflag=fullblock\n")
    assert not (tmp_path / "ran").exists()


def test_a_pod_that_is_gone_is_a_connection_that_broke(container: Container) -> None:
    container.refuses = True
    done = container.shell.run("true")
    assert (done.status, done.stderr) == (-1, "pod not found")
