"""`./dev demo-data`: what an account has already is not added again."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from scripts.commands import demo_data
from tests.http_server import Handler, serving


@pytest.fixture
def tasks() -> list[str]:
    """Those of an account with more of them than a page of the list has, newest first."""
    return [*(f"Task {number}" for number in range(300)), *(title for title, _ in demo_data.TASKS)]


def test_tasks_that_no_longer_are_on_the_first_page_are_not_added_again(tasks: list[str]) -> None:
    tasks.remove("Book the dentist")

    class App(Handler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            tasks.insert(0, body.get("title", ""))
            self.respond(200, json.dumps({"access_token": "x", "user": {"id": "me"}, "id": 1}).encode())

        def do_GET(self) -> None:
            words = parse_qs(urlsplit(self.path).query).get("q", [""])[0]
            self.respond(200, json.dumps([{"title": title} for title in tasks if words in title][:200]).encode())

    with serving(App) as url:
        assert (demo_data.seed(url), demo_data.seed(url)) == (1, 0)
    assert tasks.count("Book the dentist") == 1
