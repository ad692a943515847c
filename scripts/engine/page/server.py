"""The page and its JSON API on 127.0.0.1: resources, logs, updates and buttons."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scripts.core import ports
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore

PAGE = Path(__file__).parent / "static"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
BEAT_SECONDS = 15.0


def page_port() -> int:
    return ports.port_from_env("TODO_PAGE_PORT", ports.PAGE_PORT)


class PageServer(ThreadingHTTPServer):
    """`trigger` presses the button of a resource; False if there is no such resource."""

    daemon_threads = True

    def __init__(self, board: Board, logs: LogStore, trigger: Callable[[str], bool], port: int) -> None:
        self.board, self.logs, self.trigger = board, logs, trigger
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError:
            who = ports.holder(Subprocess(), port)
            raise UserError(f"port {port} is in use by {who}", "stop it, or set TODO_PAGE_PORT") from None

    def start(self) -> str:
        threading.Thread(target=self.serve_forever, name="page", daemon=True).start()
        return f"http://localhost:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(pair for pair in ((key, values[-1]) for key, values in parse_qs(url.query).items()))
        after = int(query["after"]) if query.get("after", "").isdigit() else 0
        if not self._is_local():
            self._answer(403, {"error": "this page is only for this machine"})
        elif url.path == "/api/state":
            self._answer(200, self.server.board.snapshot())
        elif url.path == "/api/logs":
            self._answer(200, [asdict(line) for line in self.server.logs.after(after, query.get("resource", ""))])
        elif url.path == "/api/events":
            self._stream(after)
        else:
            self._file(url.path)

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        name = parse_qs(url.query).get("name", [""])[-1]
        # Any website can post here, but not with a custom header.
        if not self._is_local() or self.headers.get("X-Todo-Stack") != "page":
            self._answer(403, {"error": "the buttons work only from this page"})
        elif url.path == "/api/trigger" and self.server.trigger(name):
            self._answer(202, {"triggered": name})
        else:
            self._answer(404, {"error": f"there is no resource {name}"})

    def _is_local(self) -> bool:
        """Whether the request names this machine; a foreign name that resolves to it is an attack (DNS rebinding)."""
        return (self.headers.get("Host") or "").rsplit(":", 1)[0] in ("localhost", "127.0.0.1", "[::1]")

    def _file(self, path: str) -> None:
        file = PAGE / (path.lstrip("/") or "index.html")
        if file.parent != PAGE or file.suffix not in TYPES or not file.is_file():
            self._answer(404, {"error": "no such page"})
        else:
            self._send(200, f"{TYPES[file.suffix]}; charset=utf-8", file.read_bytes())

    def _answer(self, status: int, body: Any) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, after: int) -> None:
        """Server-sent events: `state` after a change, `logs` with the new lines (none: a heartbeat)."""
        self._send(200, "text/event-stream")
        version = -1

        def news(number: int) -> bool:
            return number > after or self.server.board.version != version

        try:
            while True:
                lines = self.server.logs.after(after)
                after = lines[-1].number if lines else after
                state = self.server.board.snapshot()
                if state["version"] != version:
                    version = state["version"]
                    self._emit("state", state)
                self._emit("logs", [asdict(line) for line in lines])
                self.server.logs.wait(news, BEAT_SECONDS)
        except OSError:
            return  # the browser closed the connection

    def _emit(self, event: str, body: Any) -> None:
        self.wfile.write(f"event: {event}\ndata: {json.dumps(body)}\n\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests for the page are of no interest."""
