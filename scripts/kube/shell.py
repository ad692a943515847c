"""A shell that stays open in a container. A script costs one message there and one back instead of a new exec.

Its first line of input says how long a script is and how many records of standard input it gets; they follow. It ends
each script with a mark on both outputs, the status behind the one on standard output.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

from websocket import WebSocket, WebSocketTimeoutException

from scripts.kube.errors import ApiError, api_errors
from scripts.kube.exec import (
    EXEC_SECONDS,
    STATUS,
    STDERR,
    STDOUT,
    TIMED_OUT,
    Executed,
    exit_status,
    receive,
    send,
)  # fmt: skip

AHEAD_SECONDS = 2  # who waits for it hears nothing else meanwhile
RECORD = 10240
LOOP = f"""
while read -r size records; do
    script=$(dd bs="$size" count=1 iflag=fullblock 2>/dev/null)
    if [ -z "$script" ]; then echo 'no dd that knows iflag=fullblock' >&2; exit 127; fi
    if [ "$records" = 0 ]; then sh -c "$script" </dev/null
    else dd bs={RECORD} count="$records" iflag=fullblock 2>/dev/null | sh -c "$script"
    fi
    status=$?
    printf '\\n%s\\n' "$1" >&2
    printf '\\n%s %s\\n' "$1" "$status"
    [ "$status" = 0 ] || exit
done
"""


class Shell:
    """Opened with its first script, and again after it broke. For one thread at a time."""

    def __init__(self, connect: Callable[[Sequence[str]], WebSocket]) -> None:
        """`connect` runs a command in the container; it may raise ApiError."""
        self._connect = connect
        self._socket: WebSocket | None = None
        self._mark = b""

    def run(self, script: str, stdin: bytes = b"", timeout: float = EXEC_SECONDS) -> Executed:
        """Run a script that reads `stdin` to its end, zeros that fill up its last record included.

        Where a shell that was open turns out to be broken, the script runs in a new one: perhaps for the second time.
        """
        was_open = self._socket is not None
        done, told = self._run(script, stdin, timeout)
        return self._run(script, stdin, timeout)[0] if was_open and not told else done

    def open(self) -> None:
        """Ahead of the first script. What goes wrong shows when there is one."""
        if self._socket is None:
            self._run("true", b"", AHEAD_SECONDS)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.shutdown()  # type: ignore[no-untyped-call]  # at once: close() waits for an answer
            self._socket = None

    def _run(self, script: str, stdin: bytes, timeout: float) -> tuple[Executed, bool]:
        """Also whether that is about the script, not about the shell."""
        outputs = {STDOUT: bytearray(), STDERR: bytearray(), STATUS: bytearray()}
        told, reason = None, "the connection ended before the script"
        try:
            with api_errors("run a script"):
                if self._socket is None:
                    self._mark = secrets.token_hex(8).encode()
                    self._socket = self._connect(["sh", "-c", LOOP, "sh", self._mark.decode()])
                told = self._converse(self._socket, _message(script, stdin), time.monotonic() + timeout, outputs)
        except ApiError as error:
            reason = error.reason
        if told == TIMED_OUT:
            reason = f"no end after {timeout:g} s"
        status = (exit_status(bytes(outputs[STATUS])) or -1) if told is None else told
        if status:  # the shell ends too: the script may not have read all its input, which is not for the next one
            self.close()
        out, err = (_before(self._mark, outputs[name]) for name in (STDOUT, STDERR))
        return Executed(status, out, err if status >= 0 else f"{err.rstrip()}\n{reason}".lstrip()), told is not None

    def _converse(
        self, socket: WebSocket, message: bytes, deadline: float, outputs: dict[int, bytearray]
    ) -> int | None:
        """The status of the script, TIMED_OUT where it goes on, None when the shell itself has ended."""
        end = b"\n" + self._mark
        try:
            send(socket, message, deadline)
            while not (outputs[STDOUT].endswith(b"\n") and end in outputs[STDOUT] and end in outputs[STDERR]):
                if not receive(socket, outputs, deadline):
                    return None
        except WebSocketTimeoutException:
            return TIMED_OUT
        return int(outputs[STDOUT].rpartition(end)[2])


def _message(script: str, stdin: bytes) -> bytes:
    text = script.encode(errors="surrogateescape")
    records = -(-len(stdin) // RECORD)
    return b"%d %d\n" % (len(text), records) + text + stdin.ljust(records * RECORD, b"\0")


def _before(mark: bytes, output: bytearray) -> str:
    """What a script itself has written."""
    return bytes(output).partition(b"\n" + mark)[0].decode(errors="replace")
