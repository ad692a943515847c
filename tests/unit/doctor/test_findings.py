"""Each look at the machine says what it found, and the cure of what is in the way."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.core.disk import Need
from scripts.core.runner import Subprocess
from scripts.doctor import machine, network, tools
from scripts.doctor.finding import Finding, ok, problem, render, warning
from scripts.doctor.machine import Watches
from tests.unit.fakes import FakeRunner

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("name", "state"), [("x86_64", "ok"), ("aarch64", "warning"), ("s390x", "problem")])
def test_architectures(name: str, state: str) -> None:
    assert machine.architecture(name).state == state


@pytest.mark.parametrize(
    ("free", "to_compile", "state"), [(3, False, "ok"), (3, True, "warning"), (1, False, "warning")]
)
def test_the_compile_needs_more_memory_than_the_stack(free: int, to_compile: bool, state: str) -> None:
    text = f"MemTotal: 9 kB\nMemAvailable:   {free}000000 kB\n"
    assert machine.memory(text, to_compile=to_compile).state == state
    assert machine.memory("", to_compile=to_compile).state == "skipped"


def test_disk_says_what_it_is_needed_for(tmp_path: Path) -> None:
    [enough] = machine.disk([Need(tmp_path, 0.001, "Docker, for the images")])
    assert enough.state == "ok" and enough.what.endswith("0.001 GB are needed: Docker, for the images")
    [small] = machine.disk([Need(tmp_path, 1e9, "Docker, for the images")])
    assert small.state == "problem" and "./dev clean" in small.cure
    assert machine.disk([]) == [ok("disk", "nothing has to be made that needs space")]


@pytest.mark.parametrize(("version", "state"), [("2", "ok"), ("1", "warning"), ("", "skipped")])
def test_cgroups(version: str, state: str) -> None:
    assert machine.cgroups(version).state == state


@pytest.mark.parametrize(
    ("other", "state"),
    [
        ("2026-01-01T12:00:10.123456789Z", "ok"),
        ("2026-01-01T13:00:10+01:00", "ok"),
        ("2026-01-01T11:50:00Z", "problem"),
        ("", "skipped"),
        ("2026-01-01T12:00:00", "skipped"),
    ],
)
def test_a_clock_that_is_minutes_off_is_a_problem(other: str, state: str) -> None:
    assert machine.clock(other, NOW).state == state


def test_limits_for_watching_files_count_what_is_in_use() -> None:
    enough, short = Watches(8192, 100, 50), Watches(128, 120, 9)
    assert machine.inotify(enough, Watches(128, 1, 9)).state == "ok"
    found = machine.inotify(enough, short)
    assert found.what == "128 instances are allowed, 120 in use, and a loop needs 9 more"
    assert found.cure == "run: sudo sysctl fs.inotify.max_user_instances=1024"
    assert "max_user_watches=524288" in machine.inotify(Watches(8192, 8190, 3), short).cure


def test_watches_in_use_are_read_from_the_processes_of_the_user(tmp_path: Path) -> None:
    process = tmp_path / "4711"
    (process / "fd").mkdir(parents=True)
    (process / "fdinfo").mkdir()
    (process / "fd" / "3").symlink_to("anon_inode:inotify")
    (process / "fd" / "4").symlink_to("/dev/null")
    (process / "fdinfo" / "3").write_text("pos: 0\ninotify wd:1 ino:2\ninotify wd:2 ino:3\n")
    (tmp_path / "self").mkdir()
    assert machine.used_inotify(os.getuid(), tmp_path) == (2, 1)
    assert machine.used_inotify(os.getuid() + 1, tmp_path) == (0, 0)
    assert machine.limit("max_user_watches", tmp_path) == 0


def test_a_port_that_another_program_has_is_named_with_its_holder() -> None:
    needed = {10350: "the page of the loop, TODO_PAGE_PORT", 6443: "the API", 5005: "the registry"}
    holders = {10350: "python3 (pid 1)", 6443: "nginx (pid 2)"}
    [found] = network.ports(needed, {}, lambda port: port not in holders, holders.__getitem__, ["python3 (pid 1)"])
    assert found == problem("ports", "6443 is in use by nginx (pid 2); it is for the API", "stop nginx (pid 2)")
    [page] = network.ports({10350: needed[10350]}, {}, lambda port: False, lambda port: "another program", [])
    assert page.cure.endswith("as root: ss -ltnp 'sport = :10350', or choose another port with TODO_PAGE_PORT")
    assert [each.state for each in network.ports(needed, {}, lambda port: True, str, [])] == ["ok"]


def test_the_port_of_a_forward_is_not_in_the_way_as_the_loop_waits_for_it() -> None:
    forwards = {8000: "the port-forward of backend"}
    [found] = network.ports({}, forwards, lambda port: False, lambda port: "nginx (pid 2)", [])
    assert found == warning(
        "ports",
        "8000 is in use by nginx (pid 2); it is for the port-forward of backend",
        "stop nginx (pid 2); the forward starts when the port is free",
    )


@pytest.mark.parametrize(
    ("environ", "state", "cure"),
    [
        ({}, "ok", ""),
        ({"https_proxy": "http://p:1", "NO_PROXY": "*"}, "ok", ""),
        ({"HTTP_PROXY": "http://p:1", "no_proxy": "localhost, 127.0.0.1,::1"}, "ok", ""),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "x.y"}, "warning", "export NO_PROXY=x.y,localhost,127.0.0.1,::1"),
    ],
)
def test_a_proxy_without_an_exception_for_this_machine(environ: dict[str, str], state: str, cure: str) -> None:
    found = network.proxies(environ)
    assert (found.state, found.cure) == (state, cure)


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def test_a_helm_that_is_too_old_matters_where_the_cluster_brings_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "helm", "#!/bin/sh\necho v3.10.0\n")
    assert [found.state for found in tools.tools(Subprocess(), own_helm=True)] == ["ok"]
    assert [found.state for found in tools.tools(Subprocess(), own_helm=False)] == ["problem", "ok"]


def test_a_tool_that_cannot_be_started_is_told_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, "minikube", "\x7fELF cut off")
    program(tmp_path, "git", "#!/bin/sh\necho git version 2.39.5\n")
    broken, others = tools.tools(Subprocess(), own_helm=True)
    assert broken.state == "warning" and broken.what == "minikube cannot be started: Exec format error"
    assert others.what.startswith("git 2.39.5; not installed")


def test_versions_of_tools_are_checked_where_they_are_installed() -> None:
    answers = {"tilt version": (0, "v0.30.1, built 2022", ""), "git --version": (0, "git version 2.39.5", "")}
    runner = FakeRunner(answers, missing={"minikube", "helm", "kubectl"})
    assert tools.tools(runner, own_helm=True) == [
        warning("tools", "Tilt is 0.30.1, 0.37 or newer is needed", "install another tilt, or take it off PATH"),
        ok("tools", "git 2.39.5, tilt 0.30.1; not installed, and not needed: minikube, helm, kubectl"),
    ]


def test_the_report_has_a_line_for_each_finding_and_one_for_its_cure() -> None:
    found: list[Finding] = [ok("docker", "runs"), warning("proxies", "set", "unset them")]
    assert render(found) == "✓ docker   runs\n! proxies  set\n           → unset them\n1 warning"
    assert render([ok("docker", "runs")]).endswith("\nnothing is in the way")
