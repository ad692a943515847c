"""What the rows say of the port-forwards, with real ports and another program on one of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.engine.loop.forwards import Forwards
from scripts.engine.record.board import Board
from scripts.kube import forward
from scripts.tiltfile.model import Environment, K8sResource, Link, PortForward
from tests.ports import closed_port
from tests.unit.engine.live_cluster import Hands, until

PORT = closed_port()
APP, LONGER = Link(f"http://localhost:{PORT}/docs", "app"), Link(f"http://localhost:{PORT}0/docs", "longer")


class Bench:
    def __init__(self) -> None:
        self.board = Board()
        self.forwards = Forwards(Hands("http://127.0.0.1:1"), self.board, lambda name: [])

    def adopt(self, *ports: PortForward) -> None:
        self.board.define("web")
        web = K8sResource("web", links=(APP, LONGER), port_forwards=ports)
        self.forwards.adopt(Environment(Path("Tiltfile"), resources=(web,)))

    def row(self) -> dict[str, Any]:
        row: dict[str, Any] = self.board.snapshot()["resources"][0]
        return row

    def links(self) -> list[str]:
        return [link["name"] for link in self.row()["links"]]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(forward, "RETRY_SECONDS", 0.02)
    made = Bench()
    yield made
    made.forwards.stop()


def test_only_a_link_to_the_port_that_something_else_has_is_left_out_until_it_is_free(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", PORT)):
        bench.adopt(PortForward(PORT, 80))
        assert bench.links() == ["longer"]
        assert bench.row()["note"].startswith(f"port {PORT} is used twice")
    until(lambda: bench.links() == ["app", "longer"] and not bench.row()["note"], "the port is free")


def test_a_row_whose_forwards_the_tiltfile_no_longer_has_shows_none(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", PORT)):
        bench.adopt(PortForward(PORT, 80))
        assert [item["local"] for item in bench.row()["forwards"]] == [PORT]
        bench.adopt()
    assert (bench.row()["forwards"], bench.row()["note"], bench.links()) == ((), "", ["app", "longer"])


def test_a_forward_makes_no_row_again_for_a_resource_that_was_dropped(bench: Bench) -> None:
    bench.adopt(PortForward(PORT, 80))
    bench.board.drop("web")
    bench.forwards.show()
    assert bench.board.snapshot()["resources"] == []
