"""Asking the Tilt of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from scripts import tilt
from tests.unit.fakes import FakeRunner

ASK = "tilt get uiresources -o json --port 10350"


@pytest.fixture
def served() -> Iterator[HTTPServer]:
    """Serves a page with a `cookie` to everybody, like Tilt, and refuses its API without the token in the cookie."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 403)
            if self.path == "/":
                self.send_header("set-cookie", getattr(self.server, "cookie", "other=1; Path=/"))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_tilt_is_recognised_by_the_cookie_of_its_page(served: HTTPServer) -> None:
    assert not tilt.answers(served.server_address[1])
    served.cookie = "Tilt-Token=anything; Path=/; SameSite=Strict"  # type: ignore[attr-defined]  # read back by the handler above
    assert tilt.answers(served.server_address[1])


def test_without_anything_on_the_port_there_is_no_tilt(served: HTTPServer) -> None:
    port = served.server_address[1]
    served.socket.close()
    assert not tilt.answers(port)


def test_the_state_of_resources_is_put_into_words() -> None:
    items = [
        {"metadata": {"name": "backend"}, "status": {"updateStatus": "ok", "runtimeStatus": "pending"}},
        {"metadata": {"name": "e2e"}, "status": {"updateStatus": "none", "runtimeStatus": "not_applicable"}},
    ]
    found = tilt.states(FakeRunner({ASK: (0, json.dumps({"items": items}), "")}))
    assert found == {"backend": "update ok, pods pending", "e2e": "none"}


def test_without_the_program_or_its_answer_there_are_no_resources() -> None:
    assert tilt.states(FakeRunner(missing={"tilt"})) == {}
    assert tilt.states(FakeRunner({ASK: (1, "", "no tilt runs")})) == {}
