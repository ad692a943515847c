"""A connection to a port of a pod over the API server's websocket, used like a socket."""

from __future__ import annotations

import socket

from websocket import ABNF, WebSocket, WebSocketException


class Tunnel:
    """Two threads may use it, one for each direction. The client library's own forward leaves sockets open."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._started: set[int] = set()

    def sendall(self, data: bytes) -> None:
        try:
            self._websocket.send(b"\0" + data, opcode=ABNF.OPCODE_BINARY)
        except WebSocketException as error:
            raise ConnectionError(str(error)) from None

    def recv(self, size: int) -> bytes:
        """The next data, possibly more than `size` bytes; empty at the end."""
        while True:
            try:
                opcode, frame = self._websocket.recv_data_frame(True)
            except WebSocketException:
                return b""
            data = frame.data
            if opcode == ABNF.OPCODE_CLOSE or (data[:1] == b"\1" and 1 in self._started):
                return b""
            if data and data[0] not in self._started:
                self._started.add(data[0])  # the first message of a channel only names the port
            elif len(data) > 1 and data[0] == 0:
                return bytes(data[1:])

    def shutdown(self, how: int = socket.SHUT_RDWR) -> None:
        """Ends both directions and wakes a thread that waits for data."""
        if self._websocket.sock is not None:
            self._websocket.sock.shutdown(how)

    def close(self) -> None:
        self._websocket.shutdown()  # type: ignore[no-untyped-call]
