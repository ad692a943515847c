"""What is edited, and the probe that asks the services themselves."""

from __future__ import annotations

import json
import time
from typing import cast

import pytest

from scripts.bench.edits import SERVICES, Probe, stamped
from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.kube.api import Kube
from tests.http_server import Handler, serving


@pytest.mark.parametrize("name", SERVICES)
def test_edited_files_exist_and_a_stamp_does_not_change_what_dependencies_mean(name: str) -> None:
    service = SERVICES[name]
    assert (ROOT / service.source).is_file()
    text = (ROOT / service.dependencies).read_text()
    changed = stamped(text, service.dependencies, "now")
    assert changed != stamped(text, service.dependencies, "later") != text
    if service.dependencies.endswith(".json"):
        assert {**json.loads(text), "//": "now"} == json.loads(changed)
    else:
        assert changed.removeprefix(text) == "# now\n"


class Deployed:
    """A cluster with the Services of the stack; only the frontend has a NodePort."""

    def call(self, *args: object, **options: object) -> dict[str, object]:
        ports = {name: {"port": 80} for name in SERVICES} | {"frontend": {"port": 80, "nodePort": 30300}}
        labels = {name: {"app.kubernetes.io/component": name} for name in SERVICES}
        return {
            "items": [
                {"metadata": {"name": f"todo-{name}", "labels": labels[name]}, "spec": {"ports": [port]}}
                for name, port in ports.items()
            ]
        }

    def service(self, namespace: str, service: str, *args: object) -> tuple[int, bytes]:
        return 200, json.dumps({"revision": f"of {service}"}).encode()


class Frontend(Handler):
    def do_GET(self) -> None:
        self.respond(200, b'{"revision": "of the page"}' if self.path == "/health" else b"the module")


def test_a_service_is_asked_at_its_node_port_or_without_one_through_the_cluster() -> None:
    with serving(Frontend) as url:
        probe = Probe(cast(Kube, Deployed()), {30300: url}.__getitem__)
        assert [probe.revision(name) for name in ("frontend", "backend")] == ["of the page", "of todo-backend"]
        assert probe.text("frontend", "/src/main.tsx") == "the module"


class Reloading(Handler):
    """Answers nothing for a moment, then an older revision twice, then the new one."""

    answers: list[bytes] = []

    def do_GET(self) -> None:
        body = type(self).answers.pop(0)
        self.respond(200 if body else 503, body)


def test_a_probe_waits_for_the_wanted_revision_and_computes_it_only_when_another_answers() -> None:
    Reloading.answers = [b"", *(b'{"revision": "%s"}' % name for name in (b"old", b"old", b"half", b"new"))]
    computed: list[int] = []

    def wanted() -> str:
        computed.append(len(Reloading.answers))
        return "new"

    with serving(Reloading) as url:
        probe = Probe(cast(Kube, Deployed()), {30300: url}.__getitem__)
        began = time.monotonic()
        assert probe.until_changed("frontend", "old", wanted, began + 10, lambda: None) > began
    assert computed == [1, 0]


def test_a_probe_gives_up_with_what_is_served_instead() -> None:
    with serving(Frontend) as url:
        probe = Probe(cast(Kube, Deployed()), {30300: url}.__getitem__)
        with pytest.raises(UserError, match="frontend does not serve revision new; it serves of the page"):
            probe.until_changed("frontend", "old", lambda: "new", 0, lambda: None)
