"""The page's server and the client that asks it, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import islice
from typing import Any

import pytest

from scripts.core import direct_http, process
from scripts.core.errors import UserError
from scripts.engine.page import client
from scripts.engine.page.server import PageServer
from scripts.engine.record.board import Board, Update
from scripts.engine.record.logs import LogStore, Scrubber
from scripts.kube import lease
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError

LEASE = ("n", "the-loop")


class Site:
    def __init__(self) -> None:
        self.logs = LogStore(Scrubber())
        self.board = Board(self.logs.wake)
        self.pressed: list[str] = []
        self.server = PageServer(self.board, self.logs, self.press, port=0)
        self.url = self.server.start()
        self.port = self.server.server_address[1]

    def press(self, name: str) -> bool:
        self.pressed.append(name)
        return name == "tests"

    def status(self, path: str, method: str = "GET", **headers: str) -> int:
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=names)
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_the_state_has_resources_and_updates(site: Site) -> None:
    site.board.define("web")
    site.board.set("web", "error", "no such table")
    site.board.record(Update("web", "sync", "a.py changed", {"sync": 0.1}, 0.2))
    state = client.status_snapshot(site.port)
    assert state is not None
    assert [(row["name"], row["status"], row["detail"]) for row in state["resources"]] == [
        ("web", "error", "no such table")
    ]
    assert state["updates"][0]["stages"] == {"sync": 0.1}


def test_the_log_is_read_whole_by_resource_and_followed(site: Site) -> None:
    site.logs.add("web", "one")
    site.logs.add("db", "two")
    assert list(client.log_lines(port=site.port)) == [("web", "one"), ("db", "two")]
    assert list(client.log_lines("db", port=site.port)) == [("db", "two")]
    following = client.log_lines("web", follow=True, port=site.port)
    assert next(following) == ("web", "one")
    site.logs.add("db", "three")
    site.logs.add("web", "four")
    assert next(following) == ("web", "four")


def test_events_tell_a_new_state_without_being_asked(site: Site) -> None:
    with direct_http.ask(f"{site.url}/api/events", 10) as answer:
        lines = (line.decode() for line in answer)
        seen = [json.loads(line[6:]) for line in islice(lines, 2) if line.startswith("data: ")]
        assert seen[0]["resources"] == []
        site.board.define("web")
        site.board.set("web", "ok")
        state = next(line for line in lines if line.startswith("data: {"))
        assert [row["status"] for row in json.loads(state[6:])["resources"]] == ["ok"]


def test_a_button_is_pressed_by_the_client_and_not_by_a_foreign_page(site: Site) -> None:
    assert client.trigger("tests", site.port)
    assert not client.trigger("nothing", site.port)
    assert site.status("/api/trigger?name=tests", "POST") == 403
    assert site.status("/api/trigger?name=tests", "POST", Host="evil.example", X_Todo_Stack="page") == 403
    assert site.pressed == ["tests", "nothing"]


def test_the_page_is_served_and_nothing_beside_it(site: Site) -> None:
    assert [site.status(path) for path in ("/", "/app.js", "/style.css")] == [200, 200, 200]
    assert [site.status(path) for path in ("/../server.py", "/%2e%2e/server.py", "/x.html")] == [404, 404, 404]
    assert site.status("/api/state", Host="evil.example") == 403


def test_a_port_in_use_is_reported(site: Site) -> None:
    with pytest.raises(UserError, match=f"port {site.port} is in use by (python|another program)"):
        PageServer(site.board, site.logs, site.press, port=site.port)


def test_no_loop_is_no_state() -> None:
    assert client.status_snapshot(port=1) is None


class OneHolder(Kube):
    """A cluster whose loop is this process."""

    def __init__(self, port: int) -> None:
        self._port = port

    def find(self, path: str) -> dict[str, Any] | None:
        notes = {lease.MACHINE: process.machine(), lease.PAGE_PORT: str(self._port)}
        spec = {"holderIdentity": "ann@here pid 7 in /x", "renewTime": datetime.now(UTC).isoformat()}
        return {"metadata": {"annotations": notes}, "spec": spec}


def test_the_loop_of_a_cluster_is_found_by_its_lease(site: Site) -> None:
    site.board.define("web")
    site.board.set("web", "ok")
    found = client.running_loop(OneHolder(site.port), LEASE)
    assert found is not None
    assert (found["port"], [row["name"] for row in found["resources"]]) == (site.port, ["web"])
    assert found["holder"].endswith("in /x")
    found = client.running_loop(OneHolder(0), LEASE)
    assert found is not None, "a loop without a page, as with --once"
    assert (found["port"], found["resources"]) == (0, [])


class Unreachable(Kube):
    def __init__(self) -> None: ...

    def find(self, path: str) -> dict[str, Any] | None:
        raise ApiError("read the lease", 0, "connection refused")


def test_a_cluster_that_does_not_answer_has_no_loop() -> None:
    assert client.running_loop(Unreachable(), LEASE) is None


def test_following_a_loop_that_has_ended_is_an_error() -> None:
    with pytest.raises(UserError, match="the loop's page on port 1 does not answer"):
        list(client.log_lines(port=1))
