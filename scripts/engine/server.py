"""The page and its JSON on 127.0.0.1:10350: resources, logs, updates, and the buttons."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from scripts.core.errors import UserError
from scripts.engine.board import Board
from scripts.engine.logs import LogStore

PORT = 10350
PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
BEAT_SECONDS = 15.0


class PageServer(ThreadingHTTPServer):
    """`trigger` presses the button of a resource and says whether there is such a one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, board: Board, logs: LogStore, trigger: Callable[[str], bool], port: int = PORT) -> None:
        self.board, self.logs, self.trigger = board, logs, trigger
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError:
            who = "Tilt" if _is_tilt(port) else "another program (perhaps another loop)"
            raise UserError(f"port {port} is taken by {who}", "use that one, or stop it, or set TODO_PAGE_PORT") from None

    def start(self) -> str:
        threading.Thread(target=self.serve_forever, name="page", daemon=True).start()
        return f"http://localhost:{self.server_address[1]}"


def _is_tilt(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
            return b"tilt" in answer.read(4096).lower()
    except OSError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        if not self._is_local():
            self._answer(403, {"error": "this page is for this machine only"})
        elif url.path == "/api/state":
            self._answer(200, self.server.board.snapshot())
        elif url.path == "/api/logs":
            lines = self.server.logs.after(int(query.get("after", 0)), query.get("resource", ""))
            self._answer(200, {"lines": [asdict(line) for line in lines]})
        elif url.path == "/api/events":
            self._stream(int(query.get("after", 0)))
        else:
            self._file(url.path)

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        name = parse_qs(url.query).get("name", [""])[-1]
        # A web page elsewhere can post here, but not with a header of its own.
        if not self._is_local() or self.headers.get("X-Todo-Stack") != "page":
            self._answer(403, {"error": "buttons work from this page only"})
        elif url.path == "/api/trigger" and self.server.trigger(name):
            self._answer(202, {"triggered": name})
        else:
            self._answer(404, {"error": f"there is no resource {name}"})

    def _is_local(self) -> bool:
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        return host in ("localhost", "127.0.0.1", "[::1]")

    def _answer(self, status: int, body: Any) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _file(self, path: str) -> None:
        file = PAGE / (path.lstrip("/") or "index.html")
        if file.parent != PAGE or file.suffix not in TYPES or not file.is_file():
            self._answer(404, {"error": "no such page"})
        else:
            self._send(200, TYPES[file.suffix], file.read_bytes())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, after: int) -> None:
        """Server-sent events: `state` when it changed, `logs` as lines come; a comment now and then."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-store")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        lock = threading.Lock()

        def emit(event: str, body: Any) -> None:
            with lock:
                self.wfile.write(f"event: {event}\ndata: {json.dumps(body)}\n\n".encode())
                self.wfile.flush()

        def states() -> None:
            version = -1
            try:
                while not gone.is_set():
                    if self.server.board.wait_beyond(version, BEAT_SECONDS):
                        state = self.server.board.snapshot()
                        version = state["version"]
                        emit("state", state)
            except OSError:
                gone.set()

        gone = threading.Event()
        threading.Thread(target=states, daemon=True).start()
        try:
            while not gone.is_set():
                lines = self.server.logs.after(after)
                emit("logs", [asdict(line) for line in lines])  # an empty list is the sign of life
                after = lines[-1].number if lines else after
                self.server.logs.wait(after, BEAT_SECONDS)
        except OSError:
            gone.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests of the page are not worth a line."""
