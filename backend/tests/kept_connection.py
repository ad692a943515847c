"""A connection that stays open between requests, as a client's pool keeps it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

DEADLINE_SECONDS = 30


class KeptConnection:
    """It goes on sending after the server has closed, as a client does that the news has not reached yet."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._received = b""

    def send(self, path: str) -> None:
        self.send_raw(f"GET {path} HTTP/1.1\r\nHost: backend\r\n\r\n".encode())

    def send_raw(self, part: bytes) -> None:
        self._socket.sendall(part)

    def answer(self) -> str:
        """The next answer, or "" if the connection ends without one."""
        while not (length := _length(self._received)):
            try:
                more = self._socket.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return ""
            self._received += more
        answer, self._received = self._received[:length], self._received[length:]
        return answer.decode()

    def ask(self, path: str) -> str:
        try:
            self.send(path)
        except ConnectionError:
            return ""
        return self.answer()

    def wait_for_end(self) -> None:
        assert self.answer() == ""


@contextmanager
def keep_connection(port: int) -> Iterator[KeptConnection]:
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS) as connected:
        yield KeptConnection(connected)


def _length(received: bytes) -> int:
    """Of the first answer in it, if that is whole, else 0."""
    head, found, rest = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length" and found and len(rest) >= int(value):
            return len(head) + len(found) + int(value)
    return 0
