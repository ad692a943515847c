"""The ledger of the failure tests notices every kind of loss."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.failure.answers import TASKS, only_if_whole
from tests.failure.ledger import Ledger, Load
from tests.failure.recovery import Fault, table
from tests.http_server import Handler, serving


def test_a_write_is_acknowledged_or_unknown_and_a_failure_is_told() -> None:
    def refuse() -> httpx.Response:
        raise httpx.RemoteProtocolError("closed")

    ledger = Ledger()
    ledger.record("add", lambda: httpx.Response(201), "one")
    ledger.record("add", lambda: httpx.Response(502, text="away"), "two")
    ledger.record("list", refuse)
    ledger.record("answer", lambda: httpx.Response(200), "three", "four")
    assert (ledger.sent, ledger.acknowledged, ledger.unknown) == (4, ["one", "three", "four"], ["two"])
    assert [failure.split(" ", 1)[1] for failure in ledger.failures] == [
        "add: 502 away",
        "list: RemoteProtocolError('closed')",
    ]


def test_acknowledged_writes_are_stored_exactly_once_and_unknown_ones_at_most_once() -> None:
    ledger = Ledger(acknowledged=["one", "two", "three"], unknown=["four", "five", "six"])
    stored = Counter({"one": 1, "two": 2, "four": 1, "five": 2, "seven": 1})
    assert ledger.differences(stored) == [
        "lost: three",
        "made 2 times: two",
        "made 2 times: five",
        "never sent: seven",
    ]
    assert ledger.differences(Counter(["one", "two", "three", "six"])) == []


def test_a_failure_is_explained_by_an_outage_with_a_sentence_only() -> None:
    ledger = Ledger()
    ledger.record("add", lambda: httpx.Response(503, json={"detail": "The database does not answer."}))
    ledger.record("tool", lambda: httpx.Response(503, json={"error_description": "the todo API does not answer"}))
    assert ledger.unexplained == []
    ledger.record("add", lambda: httpx.Response(500, json={"detail": "The server failed on this request."}))
    ledger.record("add", lambda: httpx.Response(502, text="<h1>Bad Gateway</h1>"))
    assert [failure.split(": ")[1][:3] for failure in ledger.unexplained] == ["500", "502"]


def test_recovery_lasts_until_the_last_failed_request_that_began_after_the_fault_has_ended() -> None:
    ledger = Ledger()
    ledger.record("list", lambda: httpx.Response(503))
    since = time.monotonic()
    assert ledger.recovery_seconds(since) == 0
    ledger.record("list", lambda: httpx.Response(503))
    assert ledger.served_in_a_row == 0
    failed = time.monotonic()
    ledger.record("list", lambda: httpx.Response(200))
    assert 0 < ledger.recovery_seconds(since) <= failed - since
    assert ledger.served_in_a_row == 1


def test_the_slowest_request_is_one_that_should_be_quick() -> None:
    ledger = Ledger()
    ledger.record("stream", lambda: httpx.Response(201))
    assert ledger.slowest == 0
    ledger.record("list", lambda: httpx.Response(200))
    slowest = ledger.slowest
    assert slowest > 0
    ledger.slowest = 60
    ledger.record("add", lambda: httpx.Response(201))
    assert ledger.slowest == 60


ADDED, REFUSED = ({"tool": "add_task", "ok": ok} for ok in (True, False))


@pytest.mark.parametrize(
    ("kind", "data", "whole"),
    [
        ("done", {"tool_calls": [ADDED] * TASKS}, True),
        ("done", {"tool_calls": [ADDED] * (TASKS - 1)}, False),
        ("done", {"tool_calls": [*[ADDED] * (TASKS - 1), REFUSED]}, False),
        ("tool_result", {"tool_calls": [ADDED] * TASKS}, False),
        ("error", {"status": 503, "detail": "The database does not answer."}, False),
    ],
)
def test_a_streamed_answer_is_whole_if_it_ends_with_all_tasks_added(
    kind: str, data: dict[str, Any], whole: bool
) -> None:
    events = ["event: start\ndata: {}", f"event: {kind}\ndata: {json.dumps(data)}"]
    answer = httpx.Response(200, text="".join(f"{event}\n\n" for event in events))
    assert only_if_whole(answer).is_success == whole


class OneTask(Handler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.respond(201, b'{"access_token": "token"}')

    def do_GET(self) -> None:
        self.respond(200, b'[{"title": "one"}]')


def test_a_proxy_of_the_environment_is_not_asked_for_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(OneTask) as url:
        assert Load(url).stored() == Counter({"one": 1})


def test_the_table_of_recoveries_has_the_failed_and_the_slowest_requests_of_each() -> None:
    with serving(OneTask) as url:
        fault = Fault("backend killed", 10, Load(url))
    ledger = fault.load.ledger
    ledger.record("list", lambda: httpx.Response(503))
    ledger.record("list", lambda: httpx.Response(200))
    ledger.slowest = 1.23
    fault.ends()
    assert table([fault.recovery()]) == [
        "fault           recovered in  goal  requests  failed  slowest",
        "backend killed         0.0 s  10 s         2       1    1.2 s",
    ]
