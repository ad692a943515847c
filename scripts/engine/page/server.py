"""The page and its JSON API on 127.0.0.1: resources, logs, updates and buttons."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from scripts.core import ports
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.engine.page import guard, place
from scripts.engine.page.feed import Feed
from scripts.engine.page.tabs import Tabs
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore

PAGE = Path(__file__).parent / "static"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
DIGITS = 16  # more than any number here has; int() raises for thousands
BEAT_SECONDS = 15.0
PAUSE_SECONDS = 0.02  # between two messages: a burst of lines becomes few of them


def page_port() -> int:
    return ports.port_from_env("TODO_PAGE_PORT", ports.PAGE_PORT)


@dataclass(frozen=True)
class Buttons:
    """What the page can do: `trigger` a resource by name, `restart` a pod (by resource and name). Both return False if
    there is no such thing, and raise UserError if it cannot be done."""

    trigger: Callable[[str], bool]
    restart: Callable[[str, str], bool] = lambda name, pod: False


class PageServer(ThreadingHTTPServer):
    """`root` is the checkout, whose lines an error is shown with. `run` is another one after each start, so that an
    open page forgets the lines of the loop before."""

    daemon_threads = True

    def __init__(self, board: Board, logs: LogStore, buttons: Buttons, port: int, root: Path) -> None:
        self.board, self.logs, self.buttons = board, logs, buttons
        self.place = partial(place.find, root=root, clean=logs.scrub)
        self.run = secrets.token_hex(4)
        self.ended = False
        self.tabs = Tabs(logs.wake)
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError:
            who = ports.holder(Subprocess(), port)
            raise UserError(f"port {port} is in use by {who}", "stop it, or set TODO_PAGE_PORT") from None

    def end(self) -> None:
        """Stop listening, and end the streams of the pages that are open."""
        self.ended = True
        self.logs.wake()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a trace would tear up the terminal, and its reason may be a browser that went away."""

    def start(self) -> str:
        threading.Thread(target=self.serve_forever, name="page", daemon=True).start()
        return f"http://localhost:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        if refused := guard.refusal(self.headers, changes=False):
            return self._answer(403, {"error": refused})
        path, query = self._asked()
        after = _number(query, "after")
        if path == "/api/state":
            self._answer(200, self.server.board.snapshot())
        elif path == "/api/updates":
            self._answer(200, [asdict(update) for update in self.server.board.updates(after)])
        elif path == "/api/logs":
            self._answer(200, [line.as_json() for line in self.server.logs.after(after, query.get("resource", ""))])
        elif path == "/api/events":
            same = query.get("run", self.server.run) == self.server.run
            over = self.server.tabs.enter() if "tab" in query else threading.Event()
            try:
                self._stream(after if same else 0, _number(query, "updated") if same else 0, over)
            finally:
                self.server.tabs.leave(over)
        else:
            self._file(path)

    def do_POST(self) -> None:
        if refused := guard.refusal(self.headers, changes=True):
            return self._answer(403, {"error": refused})
        path, query = self._asked()
        name, pod = query.get("name", ""), query.get("pod", "")
        try:
            if path == "/api/trigger":
                if (question := self.server.board.question(name)) and query.get("confirmed") != "yes":
                    return self._answer(409, {"error": question})
                done, missing = self.server.buttons.trigger(name), f"there is no resource {name}"
            elif path == "/api/restart":
                done, missing = self.server.buttons.restart(name, pod), f"{name} has no pod {pod} any more"
            else:
                done, missing = False, "there is no such button"
        except UserError as error:
            return self._answer(502, {"error": str(error)})
        self._answer(202, {"done": name}) if done else self._answer(404, {"error": missing})

    def _asked(self) -> tuple[str, dict[str, str]]:
        """The path, and the last value of each parameter."""
        path, _, query = self.path.partition("?")
        return path, {key: values[-1] for key, values in parse_qs(query).items()}

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
        for name, value in guard.HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, line: int, update: int, over: threading.Event) -> None:
        """Server-sent events: `hello`, then what the feed tells, and a `beat` when there is nothing to tell.
        `elsewhere` ends it once it is `over`, as newer ones have its turn."""
        server = self.server
        feed = Feed(server.board, server.logs, server.place, line, update)
        self._send(200, "text/event-stream")
        try:
            self._emit("hello", {"run": server.run})
            while not (server.ended or over.is_set()):
                for event, body in feed.news():
                    self._emit(event, body)
                time.sleep(PAUSE_SECONDS)
                if not feed.wait(BEAT_SECONDS, lambda: server.ended or over.is_set()):
                    self._emit("beat", {})
            if over.is_set():
                self._emit("elsewhere", {})
        except OSError:
            return  # the browser closed the connection

    def _emit(self, event: str, body: Any) -> None:
        self.wfile.write(f"event: {event}\ndata: {json.dumps(body)}\n\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests for the page are of no interest."""


def _number(query: dict[str, str], name: str) -> int:
    text = query.get(name, "")[:DIGITS]
    return int(text) if text.isdecimal() else 0
