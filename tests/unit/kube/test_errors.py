"""Every way in which an API server fails to answer, on a real socket: ApiError, or a status where one is returned."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from scripts.kube import api
from scripts.kube.access import Access
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
TLS_HELLO = b"\x16\x03"
BODY = "stops in the middle of a body"
CUT_ANSWERS = {
    "closes without an answer": b"",
    "answers with something that is no HTTP": b"\x15\x03\x01\x00\x02\x02\x46",
    BODY: OK + b"Content-Length: 100\r\n\r\n{",
    "stops in the middle of a chunk": OK + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"type"',
}


@contextmanager
def server(answer: bytes | None) -> Iterator[str]:
    """Reads each request and sends the same bytes, then closes; None leaves the connection open without a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            held.append(client)
            request = b""
            while not request.startswith(TLS_HELLO) and b"\r\n\r\n" not in request and (part := client.recv(65536)):
                request += part
            if answer is not None:
                client.sendall(answer)
                client.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for client in held:
            client.close()


def kube(url: str, fix: str = "") -> Kube:
    return Kube(Access(url), fix)


CALLS: dict[str, Callable[[Kube], object]] = {
    "call": lambda kube: kube.call("list pods", "GET", "/api/v1/pods"),
    "find": lambda kube: kube.find("/api/v1/pods/x"),
    "lines": lambda kube: list(kube.lines("/log", {}, timeout=5)),
    "watch": lambda kube: list(kube.watch("/api/v1/pods", "1")),
    "forward": lambda kube: kube.forward("n", "pod", 80),
}


@pytest.mark.parametrize(
    ("call", "answer"),
    # An API server streams in chunks, so only there a cut can be seen.
    [(call, answer) for call in CALLS for answer in CUT_ANSWERS if (call, answer) != ("lines", BODY)],
)
def test_a_server_that_breaks_off_is_one_transient_error(call: str, answer: str) -> None:
    with server(CUT_ANSWERS[answer]) as url, pytest.raises(ApiError) as raised:
        CALLS[call](kube(url))
    assert (raised.value.status, raised.value.transient) == (0, True)


@pytest.mark.parametrize("answer", CUT_ANSWERS)
def test_where_a_status_is_returned_a_server_that_breaks_off_has_status_0(answer: str) -> None:
    with server(CUT_ANSWERS[answer]) as url:
        asked = kube(url)
        assert asked.service("n", "web", "http", "/health")[0] == 0
        assert asked.pod("n", "web-1", 8000, "/health")[0] == 0
        assert asked.execute("n", "pod", "app", ["x"], timeout=5).status == -1


def test_an_answer_that_is_cut_in_the_middle_of_an_event_keeps_the_events_before() -> None:
    with server(OK + b'\r\n{"type": "ADDED"}\n{"type": "MODIF') as url:
        watch = kube(url).watch("/api/v1/pods", "1")
        assert next(watch) == {"type": "ADDED"}
        with pytest.raises(ApiError):
            next(watch)


@pytest.mark.parametrize("call", ["call", "lines", "watch", "forward"])
@pytest.mark.parametrize(
    ("status", "transient"),
    [(400, False), (403, False), (404, False), (408, True), (409, False), (422, False), (429, True), (500, True),
     (501, False), (502, True), (503, True), (504, True)],
)  # fmt: skip
def test_a_refusal_has_its_status_and_the_servers_words_and_may_be_worth_another_try(
    call: str, status: int, transient: bool
) -> None:
    body = b'{"kind": "Status", "message": "the server is busy"}'
    answer = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    with server(answer) as url, pytest.raises(ApiError, match=r"^could not \S+ .*: the server is busy$") as raised:
        CALLS[call](kube(url))
    assert (raised.value.status, raised.value.reason, raised.value.transient) == (
        status,
        "the server is busy",
        transient,
    )


def test_a_pod_is_asked_through_the_api_servers_proxy() -> None:
    with server(b"HTTP/1.1 503 Not Ready\r\nConnection: close\r\n\r\nmigrating") as url:
        assert kube(url).pod("n", "web-1", 8000, "/ready") == (503, "migrating")


def test_what_to_do_next_is_said_by_the_maker_of_the_client() -> None:
    with server(b"") as url:
        with pytest.raises(ApiError) as plain:
            CALLS["call"](kube(url))
        with pytest.raises(ApiError) as advised:
            CALLS["call"](kube(url, "look there"))
    assert "./dev" not in str(plain.value)
    assert str(advised.value).endswith("; look there")


def test_tls_with_a_server_that_does_not_speak_it_is_the_same_error() -> None:
    with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        asked = kube(url.replace("http:", "https:"))
        for call in CALLS.values():
            with pytest.raises(ApiError):
                call(asked)
        assert asked.execute("n", "pod", "app", ["x"], timeout=5).status == -1


def test_a_server_that_takes_a_websocket_and_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "CONNECT_SECONDS", 0.2)
    with server(None) as url:
        assert kube(url).execute("n", "pod", "app", ["x"]).status == -1
        with pytest.raises(ApiError):
            kube(url).forward("n", "pod", 80)
