"""The ledger of the failure tests notices every kind of loss."""

from __future__ import annotations

from collections import Counter

import httpx

from tests.failure.ledger import Ledger


def test_a_write_is_acknowledged_or_unknown_and_a_failure_is_told() -> None:
    def refuse() -> httpx.Response:
        raise httpx.RemoteProtocolError("closed")

    ledger = Ledger()
    ledger.record("add", lambda: httpx.Response(201), "one")
    ledger.record("add", lambda: httpx.Response(502, text="away"), "two")
    ledger.record("list", refuse)
    assert (ledger.sent, ledger.acknowledged, ledger.unknown) == (3, ["one"], ["two"])
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
