"""Runs a command in a container over a websocket of the API server (subprotocols v4 and v5.channel.k8s.io)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from websocket import ABNF, WebSocket, WebSocketTimeoutException

from scripts.kube.errors import ApiError, api_errors

EXEC_SECONDS = 120
TIMED_OUT = -2
STDIN, STDOUT, STDERR, STATUS, CLOSE = 0, 1, 2, 3, 255
CHUNK = 1 << 20
NO_COMMAND = re.compile(r"executable file.* not found in \$PATH")  # in the words of runc and of crun


@dataclass(frozen=True)
class Executed:
    """How a command in a container ended. Status -1: the connection broke before; TIMED_OUT: it may still run."""

    status: int
    stdout: str
    stderr: str


def run(socket: WebSocket, stdin: bytes, timeout: float) -> Executed:
    """Send `stdin` and its end, wait for the command to end, and close. Raises nothing for a connection that breaks."""
    stdout = bytearray()
    done = transfer(socket, [stdin], stdout.extend, timeout)
    return replace(done, stdout=stdout.decode(errors="replace"))


def transfer(socket: WebSocket, stdin: Iterable[bytes], write: Callable[[bytes], object], timeout: float) -> Executed:
    """The same for input and output of any size: what the command writes to standard output goes to `write`. Raises
    only what `stdin` and `write` raise."""
    channels = {STDOUT: bytearray(), STDERR: bytearray(), STATUS: bytearray()}
    deadline = time.monotonic() + timeout
    reason, more = "the connection ended before the command", True
    try:
        for chunk in stdin:
            with _connection(timeout):
                send(socket, chunk, deadline)
        with _connection(timeout):
            _end_input(socket)
        while more:
            with _connection(timeout):
                more = receive(socket, channels, deadline)
            if channels[STDOUT]:
                write(bytes(channels[STDOUT]))
                channels[STDOUT].clear()
        status = exit_status(bytes(channels[STATUS]))
    except _Broken as broken:
        status, reason = broken.status, broken.reason
    finally:
        socket.shutdown()  # type: ignore[no-untyped-call]  # at once: close() waits for an answer
    err = channels[STDERR].decode(errors="replace")
    return Executed(status, "", err if status >= 0 else f"{err.rstrip()}\n{reason}".lstrip())


class _Broken(Exception):
    """The connection broke, or the command took too long: how Executed says it."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason


@contextmanager
def _connection(timeout: float) -> Iterator[None]:
    """For what uses the websocket, and nothing else: an error of the caller's own, as a full disk, is not its fault."""
    try:
        with api_errors("run a command"):
            try:
                yield
            except WebSocketTimeoutException:
                raise _Broken(TIMED_OUT, f"no end after {timeout:g} s") from None
    except ApiError as error:
        raise _Broken(-1, error.reason) from None


def _end_input(socket: WebSocket) -> None:
    # In v4 nothing says that the input ends: archives carry their own end.
    if (socket.getheaders() or {}).get("sec-websocket-protocol") == "v5.channel.k8s.io":
        socket.send(bytes([CLOSE, STDIN]), opcode=ABNF.OPCODE_BINARY)


def send(socket: WebSocket, stdin: bytes, deadline: float) -> None:
    """Raises what websocket raises; `deadline` is in monotonic seconds."""
    socket.settimeout(max(deadline - time.monotonic(), 0.001))
    for start in range(0, len(stdin), CHUNK):
        socket.send(bytes([STDIN]) + stdin[start : start + CHUNK], opcode=ABNF.OPCODE_BINARY)


def receive(socket: WebSocket, channels: dict[int, bytearray], deadline: float) -> bool:
    """Add the next frame to its channel; False when the other side has closed. Raises what websocket raises."""
    if (left := deadline - time.monotonic()) <= 0:  # frames that keep coming must not put it off
        raise WebSocketTimeoutException
    socket.settimeout(left)
    opcode, frame = socket.recv_data_frame(True)
    if opcode in (ABNF.OPCODE_BINARY, ABNF.OPCODE_TEXT) and frame.data and frame.data[0] in channels:
        channels[frame.data[0]] += frame.data[1:]
    return bool(opcode != ABNF.OPCODE_CLOSE)


def exit_status(answer: bytes) -> int:
    """The exit status in the Status object of an exec's last channel; -1 if there is none. A command that the container
    does not have is 127, as in a shell: Docker says so too, containerd has only an internal error for it."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        status = json.loads(answer)
        if status["status"] == "Success":
            return 0
        if NO_COMMAND.search(status.get("message", "")):
            return 127
        return next(int(cause["message"]) for cause in status["details"]["causes"] if cause["reason"] == "ExitCode")
    return -1
