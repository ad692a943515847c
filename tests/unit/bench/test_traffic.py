"""Requests to a real server: how many are sent, what counts as a failure, and which requests are sent when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from scripts.bench.load import operations
from scripts.bench.load.traffic import Limit, Operation, Timings, pace, saturate

MANY = Limit(seconds=60, requests=20)
FOUND = {name: Operation(name, "GET", "") for name in operations.OPERATIONS}


class Server(ThreadingHTTPServer):
    """Answers with the status that the path names, and keeps the numbers that it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.numbers: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Server)
        self.server.numbers.append(json.loads(body))
        answer = b"no room"
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def operation(server: Server, status: int, name: str = "add") -> Operation:
    return Operation(name, "POST", f"{server.url}/{status}", body=lambda number: number)


def test_clients_together_send_each_number_once_and_stop_at_the_limit() -> None:
    with serving() as server:
        timings = saturate([operation(server, 200)], 4, MANY, first=100)
        assert sorted(server.numbers) == list(range(100, 120))
    assert (len(timings.seconds), timings.failed) == (20, 0)
    assert 0 < timings.at(50) <= timings.at(99) <= timings.elapsed
    assert timings.rate == pytest.approx(20 / timings.elapsed)
    assert timings.own > 0


def test_clients_together_take_the_operations_in_turn() -> None:
    with serving() as server:
        timings = saturate([operation(server, 200, "read"), *[operation(server, 404)] * 3], 4, MANY, first=100)
        assert sorted(server.numbers) == list(range(100, 120))
    assert (len(timings.seconds), timings.failed, timings.failures[0]) == (5, 15, "add: 404 no room")


def test_no_request_is_sent_when_the_time_is_over() -> None:
    with serving() as server:
        assert saturate([operation(server, 200)], 4, Limit(seconds=0, requests=20)).seconds == []
        assert server.numbers == []


def test_a_refusal_and_a_server_that_is_gone_count_as_failures_and_not_as_times() -> None:
    with serving() as server:
        refused = saturate([operation(server, 503)], 2, MANY)
        gone = operation(server, 200)
    assert (refused.seconds, refused.failed, refused.failures[0]) == ([], 20, "add: 503 no room")
    assert saturate([gone], 2, MANY).failed == 20


def test_an_answer_whose_content_is_a_failure_is_one() -> None:
    with serving() as server:
        strict = replace(operation(server, 200, "mcp"), refusal=lambda content: content.decode())
        assert saturate([strict], 1, MANY).failures[0] == "mcp: no room"


def test_at_a_rate_the_operations_take_turns() -> None:
    with serving() as server:
        timings = pace([operation(server, 200, "read"), operation(server, 404, "add")], 200, MANY)
        assert sorted(server.numbers) == list(range(20))
    assert (len(timings["read"].seconds), timings["add"].failed) == (10, 10)


def test_at_a_rate_no_more_is_sent_than_fits_into_the_time() -> None:
    with serving() as server:
        pace([operation(server, 200)], 50, Limit(seconds=0.2, requests=1000))
        assert sorted(server.numbers) == list(range(10))


def test_only_the_first_failures_are_kept() -> None:
    timings = Timings()
    for number in range(50):
        timings.record(0.1, f"failure {number}")
    assert (timings.failed, len(timings.failures), timings.rate, timings.at(99)) == (50, 20, 0.0, 0.0)


def test_a_round_has_every_operation_as_often_as_it_should_and_spread_out() -> None:
    names = [each.name for each in operations.mixed(FOUND)]
    assert {name: names.count(name) for name in operations.SHARES} == operations.SHARES
    first, second, third = (place for place, name in enumerate(names) if name == operations.ADD)
    assert second - first > 3 and third - second > 3


def test_the_mix_is_a_round_of_all_operations_beside_a_round_of_each() -> None:
    rounds = operations.with_mix(FOUND)
    assert list(rounds) == [*operations.OPERATIONS, operations.MIX]
    assert {name: rounds[name] for name in operations.OPERATIONS} == {name: [FOUND[name]] for name in FOUND}
    assert rounds[operations.MIX] == operations.mixed(FOUND)


@pytest.mark.parametrize(
    ("content", "failed"),
    [
        ({"result": {"content": []}}, False),
        ({"result": {"isError": True}}, True),
        ({"error": {"code": -32602}}, True),
    ],
)
def test_an_error_of_an_mcp_tool_is_a_failure(content: object, failed: bool) -> None:
    assert bool(operations.tool_error(json.dumps(content).encode())) is failed


@pytest.mark.parametrize(
    ("calls", "failed"), [([{"ok": True}], False), ([{"ok": True}, {"ok": False}], True), ([], True)]
)
def test_a_chat_turn_that_calls_no_tool_is_a_failure(calls: object, failed: bool) -> None:
    assert bool(operations.no_tool_ran(json.dumps({"tool_calls": calls}).encode())) is failed
