"""The whole look, on an engine in memory and without a cluster."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from scripts.cli import main
from scripts.cluster.embedded import node_image
from scripts.docker.engine import Engine
from scripts.doctor import cluster, docker, machine
from scripts.doctor.checkup import checkup
from tests.http_server import serving
from tests.ports import closed_port
from tests.unit.cluster.cluster_home import own_home, serve_api, write_kubeconfig
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner
from tests.unit.test_tilt import Page as TiltPage


def test_the_command_tells_what_it_finds_and_its_status_says_whether_something_is_in_the_way(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_home(tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    docker_api.info |= {"Architecture": "x86_64", "CgroupVersion": "2", "DockerRootDir": str(tmp_path)}
    docker_api.info["SystemTime"] = "2020-01-01T00:00:00Z"
    assert main(["doctor", "--json", "--cluster", "embedded"]) == 1
    found = {each["topic"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["clock"]["state"] == "problem" and found["clock"]["cure"]
    assert found["architecture"]["what"] == "x86_64"
    assert found["cluster"]["state"] == "skipped"
    assert {"disk", "memory", "inotify", "ports", "proxies", "tools"} <= set(found)


@pytest.mark.parametrize(("cluster", "matters"), [("embedded", True), ("docker-desktop", False)])
def test_the_ports_of_the_embedded_node_matter_only_where_the_stack_runs_on_it(
    cluster: str,
    matters: bool,
    docker_api: DockerApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = own_home(tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with serve_api() as api, socket.create_server(("127.0.0.1", 0)) as registry:
        write_kubeconfig(home / ".kube" / "config", "docker-desktop", {"docker-desktop": api.url})
        port = registry.getsockname()[1]
        monkeypatch.setenv("TODO_REGISTRY_PORT", str(port))
        main(["doctor", "--json", "--cluster", cluster])
    found = json.loads(capsys.readouterr().out)
    assert any(f"{port} is in use" in each["what"] for each in found) is matters


def test_the_watches_of_a_loop_that_runs_are_counted_once(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_home(tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with serving(TiltPage) as url:
        monkeypatch.setenv("TODO_PAGE_PORT", url.rpartition(":")[2])
        main(["doctor", "--json", "--cluster", "embedded"])
    (found,) = (each for each in json.loads(capsys.readouterr().out) if each["topic"] == "inotify")
    assert found["what"].endswith("watches are free, beside those of the loop that runs")


def test_a_loop_needs_one_instance_of_inotify_however_much_it_watches(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_home(tmp_path, monkeypatch)
    monkeypatch.setenv("TODO_PAGE_PORT", str(closed_port()))  # the developer's own loop may run
    allowed = {"max_user_watches": 1_000_000, "max_user_instances": 128}
    monkeypatch.setattr(machine, "limit", allowed.get)
    for used, state in ((127, "ok"), (128, "problem")):
        monkeypatch.setattr(machine, "used_inotify", lambda user, used=used: (0, used))
        (found,) = (each for each in checkup(FakeRunner(), "embedded") if each.topic == "inotify")
        assert found.state == state


def test_without_an_engine_the_cure_is_the_exact_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own_home(tmp_path, monkeypatch)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    [found] = docker.docker(FakeRunner(), Engine())
    assert found.state == "problem" and found.cure == "start it, or unset DOCKER_HOST"
    assert [each.topic for each in docker.without_engine()] == ["architecture", "clock"]


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_cluster_that_is_named_and_cannot_be_used_is_in_the_way(
    by_variable: bool,
    docker_api: DockerApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own_home(tmp_path, monkeypatch)
    if by_variable:
        monkeypatch.setenv("TODO_CLUSTER", "mistyped")
    assert main(["doctor", "--json", *([] if by_variable else ["--cluster", "mistyped"])]) == 1
    found = {each["topic"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["cluster"]["state"] == "problem" and "'mistyped'" in found["cluster"]["what"]


@pytest.mark.parametrize(
    ("user", "images", "state"),
    [
        (1000, [], "problem"),
        (0, [], "warning"),
        (1000, [node_image.base_tag()], None),
        (1000, [node_image.tag()], None),
    ],
)
def test_what_the_base_image_is_made_with_is_looked_for_until_it_is_made(
    user: int,
    images: list[str],
    state: str | None,
    docker_api: DockerApi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own_home(tmp_path, monkeypatch)
    monkeypatch.setattr(os, "getuid", lambda: user)
    docker_api.add(*images)
    found = [each for each in checkup(FakeRunner(missing={"mmdebstrap"}), "embedded") if each.topic == "packages"]
    assert [each.state for each in found] == ([state] if state else [])
    assert all("mmdebstrap" in each.what for each in found)


def test_an_embedded_cluster_without_docker_is_left_to_the_finding_on_docker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_home(tmp_path, monkeypatch)
    [found] = cluster.cluster(FakeRunner(missing={"docker"}), "embedded")
    assert found.state == "warning" and "docker is not installed" in found.what
