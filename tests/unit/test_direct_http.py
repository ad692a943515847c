"""HTTP to this machine: past every proxy, whatever answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from scripts import tilt
from scripts.core import direct_http
from scripts.engine.page import client
from scripts.engine.proof import endpoint
from tests.http_server import Handler, serving


class Answers:
    """A port that sends the same bytes to every client."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            with caller:
                caller.recv(65536)
                caller.sendall(self._text.encode())

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


BODY = json.dumps({"revision": "abc", "resources": []})
GOOD = f"HTTP/1.0 200 OK\r\nSet-Cookie: Tilt-Token=x\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"


@pytest.fixture
def answers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Answers(request.param)
    yield made
    made.stop()


def asked(port: int) -> tuple[str, bool, bool]:
    url = f"http://127.0.0.1:{port}"
    return endpoint.revision_via_url(url), client.status_snapshot(port) is not None, tilt.answers(port)


@pytest.mark.parametrize("answers", [GOOD], indirect=True)
def test_no_proxy_is_used(answers: Answers) -> None:
    assert asked(answers.port) == ("abc", True, True)


@pytest.mark.parametrize("answers", ["SSH-2.0-x\r\n", "", GOOD.replace("Tilt", "X")[:-9]], indirect=True)
def test_a_broken_response_counts_as_no_answer(answers: Answers) -> None:
    assert asked(answers.port) == ("", False, False)
    assert not client.trigger("x", answers.port)


def test_each_request_opens_its_own_connection() -> None:
    callers = []

    class KeepsConnections(Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            callers.append(self.client_address)
            self.respond(200)

    with serving(KeepsConnections) as url:
        for _ in range(2):
            with direct_http.ask(url, 10) as response:
                response.read()
    assert len(set(callers)) == 2
