"""A Kubernetes API that runs one command in a container, over a real WebSocket."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from tests.http_server import Handler, serving

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

END_OF_INPUT = 2 + 4 + 2  # the length of a masked frame that closes a channel


@contextmanager
def exec_server(
    *frames: bytes, ends: bool, cuts: bool = False, endless: bytes = b"", answers: Mapping[str, object] | None = None
) -> Iterator[str]:
    """Takes an exec and sends the frames of its channels. Then it closes the websocket (`ends`), only the TCP
    connection (`cuts`), or leaves the command running, which may send one more frame again and again (`endless`).
    Other requests get what `answers` holds for their path with its query, else 404."""
    over = threading.Event()

    class Exec(Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if "Upgrade" not in self.headers:
                found = answers.get(self.path) if answers else None
                self.respond(404 if found is None else 200, json.dumps(found).encode())
                return
            key = self.headers["Sec-WebSocket-Key"] + GUID
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
            self.send_header("Sec-WebSocket-Protocol", "v5.channel.k8s.io")
            self.end_headers()
            self.rfile.read(END_OF_INPUT)
            for frame in frames:
                self.wfile.write(bytes([0x82, len(frame)]) + frame)
            with suppress(ConnectionError):
                while endless and not over.is_set():
                    self.wfile.write(bytes([0x82, len(endless)]) + endless)
            if ends:
                self.wfile.write(bytes([0x88, 0]))
            elif not cuts:
                over.wait(10)
            self.close_connection = True

    with serving(Exec) as url:
        try:
            yield url
        finally:
            over.set()
