"""Asking the Tilt of this machine."""

from __future__ import annotations

import json

import pytest

from scripts import tilt
from tests.http_server import Handler, serving
from tests.unit.fakes import FakeRunner

ASK = "tilt get uiresources -o json --port 10350"


class Page(Handler):
    """Serves a page with a cookie to everybody, like Tilt, and refuses its API without the token in the cookie."""

    cookie = "Tilt-Token=anything; Path=/; SameSite=Strict"

    def do_GET(self) -> None:
        if self.path == "/":
            self.respond(200, set_cookie=self.cookie)
        else:
            self.respond(403)


class OtherPage(Page):
    cookie = "other=1; Path=/"


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_tilt_is_recognised_by_the_cookie_of_its_page() -> None:
    with serving(Page) as url:
        assert tilt.answers(port_of(url))
    with serving(OtherPage) as url:
        assert not tilt.answers(port_of(url))


def test_without_anything_on_the_port_there_is_no_tilt() -> None:
    with serving(Page) as url:
        pass
    assert not tilt.answers(port_of(url))


def test_the_state_of_resources_is_put_into_words() -> None:
    items = [
        {"metadata": {"name": "backend"}, "status": {"updateStatus": "ok", "runtimeStatus": "pending"}},
        {"metadata": {"name": "e2e"}, "status": {"updateStatus": "none", "runtimeStatus": "not_applicable"}},
    ]
    found = tilt.states(FakeRunner({ASK: (0, json.dumps({"items": items}), "")}))
    assert found == {"backend": "update ok, pods pending", "e2e": "none"}


@pytest.mark.parametrize(
    ("rows", "ours"), [(["backend", "mcp-server"], True), (["(Tiltfile)", "backend"], False), ([], True)]
)
def test_a_tilt_of_another_project_is_not_taken_for_ours(rows: list[str], ours: bool) -> None:
    """One that does not tell what it has may be ours."""
    answer = json.dumps({"items": [{"metadata": {"name": name}} for name in rows]})
    with serving(Page) as url:
        port = port_of(url)
        runner = FakeRunner({f"tilt get uiresources -o json --port {port}": (0, answer, "")})
        assert tilt.runs_this_stack(runner, port) is ours
    assert not tilt.runs_this_stack(runner, port)


def test_without_the_program_or_its_answer_there_are_no_resources() -> None:
    assert tilt.states(FakeRunner(missing={"tilt"})) == {}
    assert tilt.states(FakeRunner({ASK: (1, "", "no tilt runs")})) == {}
