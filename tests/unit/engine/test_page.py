"""The page's server and the client that asks it, over a real socket."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection, RemoteDisconnected
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from scripts.core import direct_http, process
from scripts.core.errors import UserError
from scripts.core.scrubber import Scrubber
from scripts.engine.page import client, place, tabs
from scripts.engine.page.server import PAGE, Buttons, PageServer
from scripts.engine.record.board import Board, Update
from scripts.engine.record.logs import LogStore
from scripts.kube import lease
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from tests.http_server import Handler, serving
from tests.unit.engine.live_cluster import until

LEASE = ("n", "the-loop")


class Site:
    def __init__(self, folder: Path) -> None:
        self.logs = LogStore(Scrubber())
        self.board = Board(self.logs.wake)
        self.pressed: list[str] = []
        self.restarted: list[tuple[str, str]] = []
        self.server = PageServer(self.board, self.logs, Buttons(self.press, self.restart), port=0, root=folder)
        self.url = self.server.start()
        self.port = self.server.server_address[1]

    def press(self, name: str) -> bool:
        self.pressed.append(name)
        return name == "tests"

    def restart(self, name: str, pod: str) -> bool:
        if pod == "stuck":
            raise UserError("pods are forbidden")
        self.restarted.append((name, pod))
        return pod == "web-1"

    def status(self, path: str, method: str = "GET", **headers: str) -> int:
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=names)
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.server.end()


def test_the_state_and_the_updates_are_read_apart(site: Site) -> None:
    site.board.define("web")
    site.board.set("web", "error", "no such table")
    site.board.record(Update("web", "sync", "a.py changed", {"sync": 0.1}, 0.2))
    state = client.status_snapshot(site.port)
    assert state is not None
    assert [(row["name"], row["status"], row["detail"]) for row in state["resources"]] == [
        ("web", "error", "no such table")
    ]
    assert "updates" not in state
    assert [update["stages"] for update in client.recent_updates(site.port) or []] == [{"sync": 0.1}]


def test_the_log_is_read_whole_by_resource_and_followed(site: Site) -> None:
    site.logs.add("web", "one")
    site.logs.add("db", "two")
    assert [(line["resource"], line["text"]) for line in client.log_lines(port=site.port)] == [
        ("web", "one"), ("db", "two"),
    ]  # fmt: skip
    assert [line["text"] for line in client.log_lines("db", port=site.port)] == ["two"]
    following = client.log_lines("web", follow=True, port=site.port)
    assert next(following)["text"] == "one"
    site.logs.add("db", "three")
    site.logs.add("web", "ERROR four")
    assert (line := next(following))["level"] == "error" and line["text"] == "ERROR four"


def events(site: Site, query: str = "") -> Iterator[tuple[str, Any]]:
    with direct_http.ask(f"{site.url}/api/events{query}", 10) as answer:
        event = ""
        for raw in answer:
            field, _, value = raw.decode().rstrip("\n").partition(": ")
            if field == "event":
                event = value
            elif field == "data":
                yield event, json.loads(value)


def test_events_tell_only_what_is_new(site: Site) -> None:
    site.board.define("web")
    site.board.define("db")
    told = events(site)
    event, hello = next(told)
    assert event == "hello"
    assert [row["name"] for row in next(told)[1]["rows"]] == ["web", "db"]
    site.board.set("web", "ok")
    event, body = next(told)
    assert (event, body["names"], [row["status"] for row in body["rows"]]) == ("rows", ["web", "db"], ["ok"])
    site.board.record(Update("web", "sync", "a.py changed", {"sync": 0.1}, 0.2))
    site.board.record(Update("web", "sync", "b.py changed", {"sync": 0.1}, 0.2))
    seen: list[str] = []
    while len(seen) < 2:
        event, body = next(told)
        assert event == "updates"
        seen += [update["why"] for update in body]
    assert seen == ["a.py changed", "b.py changed"]
    site.logs.add("web", "one")
    assert [line["text"] for line in next(told)[1]] == ["one"]
    site.logs.add("web", "two")
    again = events(site, f"?after=1&updated=1&run={hello['run']}")
    found = {event: body for event, body in islice(again, 4)}
    assert [update["why"] for update in found["updates"]] == ["b.py changed"]
    assert [line["text"] for line in found["logs"]] == ["two"]
    other = events(site, "?after=1&updated=1&run=another")
    assert [len(body) for event, body in islice(other, 4) if event in ("updates", "logs")] == [2, 2]


def test_an_error_shows_the_lines_of_its_place_and_nothing_else(site: Site, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/a.py").write_text("\n".join(f"line {number}" for number in range(1, 20)))
    (tmp_path / ".env").write_text("KEY=x\n")
    (tmp_path.parent / "outside.py").write_text("x = 1\n")
    (tmp_path / "link.py").symlink_to(tmp_path.parent / "outside.py")
    (tmp_path / "env.sample").symlink_to(tmp_path / ".env")
    (tmp_path / "loop").symlink_to("loop")

    def shown(text: str) -> Any:
        return place.find(text, tmp_path, lambda line: line.replace("line 9", "[secret]"))

    assert shown("NameError: x (app/a.py:10); fix it and save again") == {
        "file": "app/a.py", "line": 10,
        "lines": [[7, "line 7"], [8, "line 8"], [9, "[secret]"], *([n, f"line {n}"] for n in (10, 11, 12, 13))],
    }  # fmt: skip
    assert shown("app/a.py:2: wrong")["lines"][0] == [1, "line 1"]
    outside = f"{tmp_path.parent}/outside.py:1"
    for text in (".env:1", "./.env:1", "../outside.py:1", "link.py:1", "env.sample:1", "loop:1", outside, ""):
        assert shown(text) is None, text


def test_a_place_is_looked_for_once_in_a_word_however_long_it_is(tmp_path: Path) -> None:
    (tmp_path / "a-b.py").write_text("x = 1\n")
    word = "a./-@" * 3_000
    assert place.PLACE.match(f"{word}b.py:1")
    assert not any(place.PLACE.match(f"{word}b.py:1", start) for start in range(1, len(word)))
    for text in (f"ValueError: {word} (a-b.py:1)", f"{word}:a-b.py:1", f"a-b.py:1, {word}b.py:1", "x:1:a-b.py:1"):
        assert place.find(text, tmp_path, str) == {"file": "a-b.py", "line": 1, "lines": [[1, "x = 1"]]}


def test_of_the_streams_of_tabs_the_oldest_ends_and_no_other_reader_does(site: Site) -> None:
    reader, first = events(site), events(site, "?tab=1")
    later = [events(site, "?tab=1") for _ in range(tabs.MOST)]
    for stream in (reader, first, *later):
        assert next(stream)[0] == "hello"
    site.logs.add("web", "one")
    assert [event for event, _ in first][-1] == "elsewhere"
    for stream in (reader, *later):
        assert next(event for event, _ in stream if event != "rows") == "logs"


def test_tabs_whose_connections_were_reset_take_no_turn_of_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    enter, leave = site.server.tabs.enter, site.server.tabs.leave
    to_reset, left = list[socket.socket](), list[threading.Event]()

    def enter_and_reset() -> threading.Event:
        over = enter()
        if to_reset:
            to_reset.pop().close()
        return over

    def leave_and_note(over: threading.Event) -> None:
        leave(over)
        left.append(over)

    monkeypatch.setattr(site.server.tabs, "enter", enter_and_reset)
    monkeypatch.setattr(site.server.tabs, "leave", leave_and_note)
    live = events(site, "?tab=1")
    assert next(live)[0] == "hello"
    for number in range(1, 2 * tabs.MOST):
        gone = socket.create_connection(("127.0.0.1", site.port))
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        to_reset.append(gone)
        gone.sendall(b"GET /api/events?tab=1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
        until(partial(_has, left, number), "it has left", 10)
    site.logs.add("web", "one")
    assert next(event for event, _ in live if event != "rows") == "logs"


def _has(items: list[threading.Event], number: int) -> bool:
    return len(items) == number


def test_a_button_is_pressed_by_the_client_and_not_by_a_foreign_page(site: Site) -> None:
    assert client.trigger("tests", site.port)
    assert not client.trigger("nothing", site.port)
    assert site.status("/api/trigger?name=tests", "POST") == 403
    ours = {"X_Todo_Stack": "page"}
    assert site.status("/api/trigger?name=tests", "POST", Host="evil.example", **ours) == 403
    assert site.status("/api/trigger?name=tests", "POST", Origin="http://evil.example", **ours) == 403
    assert site.status("/api/trigger?name=tests", "POST", Origin="null", **ours) == 403
    assert site.status("/api/trigger?name=tests", "POST", Sec_Fetch_Site="cross-site", **ours) == 403
    assert site.pressed == ["tests", "nothing"]
    same = f"http://127.0.0.1:{site.port}"
    assert site.status("/api/trigger?name=tests", "POST", Origin=same, Sec_Fetch_Site="same-origin", **ours) == 202


def test_the_names_of_headers_are_the_same_in_lower_case(site: Site) -> None:
    there, ours = "/api/trigger?name=tests", {"x_todo_stack": "page"}
    assert site.status(there, "POST", origin="http://evil.example", **ours) == 403
    assert site.status(there, "POST", sec_fetch_site="cross-site", **ours) == 403
    assert site.status("/api/state", host="evil.example") == 403
    assert site.pressed == []
    assert site.status(there, "POST", host=f"127.0.0.1:{site.port}", **ours) == 202


def test_a_request_that_makes_no_sense_is_answered_and_prints_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (f"/?after={'9' * 5000}", f"/api/logs?after={'9' * 5000}"):
        assert site.status(path) == 200
        assert site.status(path, Host="evil.example") == 403
    assert site.status("x://[/api/state") == 404
    assert site.status("x://[/api/trigger", "POST", X_Todo_Stack="page") == 404
    monkeypatch.setattr(site.board, "snapshot", lambda: 1 / 0)
    with pytest.raises(RemoteDisconnected):
        site.status("/api/state")
    assert capsys.readouterr().err == ""


def test_a_pod_is_restarted_by_its_name(site: Site) -> None:
    pods = ("web-1", "gone", "stuck")
    asked = [site.status(f"/api/restart?name=web&pod={pod}", "POST", X_Todo_Stack="page") for pod in pods]
    assert (asked, site.restarted) == ([202, 404, 502], [("web", "web-1"), ("web", "gone")])


def test_a_command_that_asks_first_is_not_run_unconfirmed(site: Site) -> None:
    site.board.define("tests", asks="Delete everything?")
    assert site.status("/api/trigger?name=tests", "POST", X_Todo_Stack="page") == 409
    assert not client.trigger("tests", site.port)
    assert site.pressed == []
    assert client.trigger("tests", site.port, confirmed=True)


def test_the_page_is_served_and_nothing_beside_it(site: Site) -> None:
    assert [site.status(path) for path in ("/", "/log.js", "/style.css")] == [200, 200, 200]
    assert [site.status(path) for path in ("/../server.py", "/%2e%2e/server.py", "/x.html")] == [404, 404, 404]
    assert site.status("/api/state", Host="evil.example") == 403


def test_the_whole_page_is_small() -> None:
    assert sum(file.stat().st_size for file in PAGE.iterdir()) <= 60_000


def test_a_port_in_use_is_reported(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"port {site.port} is in use by (python|pytest|another program)"):
        PageServer(site.board, site.logs, Buttons(site.press), site.port, tmp_path)


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


class Cut(Handler):
    """The page of a loop that is killed while it sends an event."""

    sends = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.sends)


@pytest.mark.parametrize(
    "left", [b'event: logs\ndata: [{"resou', b'event: rows\ndata: {"names": ["w\xc3', b"event: rows\ndata: "]
)
def test_a_stream_that_is_cut_within_an_event_has_ended(monkeypatch: pytest.MonkeyPatch, left: bytes) -> None:
    monkeypatch.setattr(Cut, "sends", left)
    with serving(Cut) as url:
        port = int(url.rpartition(":")[2])
        for following in (client.log_lines(follow=True, port=port), client.state_changes(port)):
            with pytest.raises(UserError, match=f"page on port {port} does not answer: its stream was cut; is"):
                list(following)
