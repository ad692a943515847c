"""/metrics: on a port of its own, if one is given, with series that no client can multiply."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from model_api import ModelApi, calls, fails, says
from prometheus_client.parser import text_string_to_metric_families
from servers import Person, Stack, closed_port, running_stack, serving
from waiting import until

DOCS = Path(__file__).parents[2] / "docs/observability.md"


@dataclass(frozen=True)
class Watched:
    stack: Stack
    port: int
    model: ModelApi

    def value(self, name: str, **labels: str) -> float | None:
        """Of the one sample with these labels; None without one."""
        text = httpx2.get(f"http://127.0.0.1:{self.port}/metrics").text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return None

    def wait_for(self, value: float, name: str, **labels: str) -> None:
        """A request is counted when its response has been sent: the client may have it before that."""
        until(lambda: self.value(name, **labels) == value)

    def text(self) -> str:
        return httpx2.get(f"http://127.0.0.1:{self.port}/metrics").text


@pytest.fixture(scope="module")
def watched(database_url: str) -> Iterator[Watched]:
    model, port = ModelApi(says("Done.")), closed_port()
    with (
        serving(model.app) as url,
        running_stack(
            database_url,
            metrics_port=port,
            chat_budget_seconds=120,
            openai_api_key="sk-test",
            openai_base_url=f"{url}/v1",
        ) as stack,
    ):
        yield Watched(stack, port, model)


@pytest.fixture
def ada(watched: Watched) -> Iterator[Person]:
    person = watched.stack.sign_up()
    with person.http:
        yield person


def test_without_a_port_nothing_is_served(stack: Stack) -> None:
    assert stack.http.get("/metrics").status_code == 404


def test_they_are_on_no_other_port_than_their_own(watched: Watched) -> None:
    assert watched.stack.http.get("/metrics").status_code == 404


def test_a_request_is_counted_under_its_route_with_its_status(watched: Watched, ada: Person) -> None:
    task = ada.add("Buy milk")
    ada.http.get(f"/api/me/tasks/{task['id']}")
    ada.http.get("/api/me/tasks/999")
    for status in ("200", "404"):
        labels = {"method": "GET", "route": "/api/{user_id}/tasks/{task_id}", "status": status}
        watched.wait_for(1, "todo_http_request_duration_seconds_count", **labels)
    assert ada.id not in watched.text()


def test_paths_and_methods_that_are_made_up_share_a_series(watched: Watched) -> None:
    count, labels = "todo_http_request_duration_seconds_count", {"route": "none", "status": "404"}
    before = watched.value(count, method="GET", **labels) or 0
    for name in ("one", "two"):
        watched.stack.http.get(f"/made/up/{name}")
    for method in ("PURGE", "PROPFIND"):
        watched.stack.http.request(method, "/made/up")
    watched.wait_for(2, count, method="other", **labels)
    watched.wait_for(before + 2, count, method="GET", **labels)
    assert "made" not in watched.text() and "PURGE" not in watched.text()


def test_the_model_and_the_tools_are_timed_by_how_they_end(watched: Watched, ada: Person) -> None:
    watched.model.answers = [
        calls("add_task", {"title": "Buy milk"}),
        calls("made_up", {}),
        says("Done."),
        fails(401),
    ]
    ada.say("Add a task to buy milk")
    ada.say("Show my tasks")
    count = "todo_model_reply_duration_seconds_count"
    assert watched.value(count, outcome="answered") == 3
    assert watched.value(count, outcome="refused") == 1
    assert watched.value("todo_chat_tool_call_duration_seconds_count", tool="add_task", ok="true") == 1
    assert watched.value("todo_chat_turns_total", by="gpt-5.4-mini", outcome="answered") == 1
    assert watched.value("todo_chat_turns_total", by="rule-based", outcome="answered") == 1
    assert "made_up" not in watched.text()


def test_the_pool_and_the_queue_of_logins_are_told(watched: Watched, ada: Person) -> None:
    ada.titles()
    most = watched.value("todo_database_connections_max")
    idle = watched.value("todo_database_connections", state="idle")
    assert most == 5 and idle and 1 <= idle <= most
    assert watched.value("todo_database_connections", state="in_use") == 0
    assert watched.value("todo_login_queue_waiting") == 0


def test_the_docs_list_what_is_served(watched: Watched) -> None:
    served = set(re.findall(r"^# TYPE (todo_\w+) ", watched.text(), re.MULTILINE))
    listed = re.findall(r"^\| `(todo_\w+)[`{].*\| ([^|]+) \|$", DOCS.read_text(), re.MULTILINE)
    assert {name for name, services in listed if "backend" in services} == served
