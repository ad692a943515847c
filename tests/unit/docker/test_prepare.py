"""Finding, installing and starting the Docker engine."""

import io
import os
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import daemon, debian, prepare
from scripts.docker.build import BUILDER
from scripts.docker.engine import Engine
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner


def program(folder: Path, name: str = "docker") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_every_cli_on_the_path_is_a_candidate_once(tmp_path: Path) -> None:
    one, two = program(tmp_path / "a"), program(tmp_path / "b")
    (tmp_path / "c").symlink_to(tmp_path / "a")
    (tmp_path / "d" / "docker").mkdir(parents=True)
    path = os.pathsep.join(str(tmp_path / name) for name in ("a", "none", "c", "d", "b"))
    assert daemon.candidates(path) == [one, two]


def test_a_newer_cli_without_buildx_is_passed_over() -> None:
    runner = FakeRunner({"/new/docker build": (1, "", "BuildKit is enabled but the buildx component is missing")})
    engine = Engine({"DOCKER_HOST": "tcp://node:2376"})
    assert daemon.choose_cli(runner, engine, ["/new/docker", "/old/docker"]) == "/old/docker"
    assert all(call.env == {**engine.env, **BUILDER} for call in runner.calls)


def test_a_cli_that_cannot_be_started_is_passed_over(tmp_path: Path) -> None:
    broken, works = program(tmp_path / "broken"), program(tmp_path / "works")
    Path(broken).write_text("\x7fELF cut off")
    assert daemon.choose_cli(Subprocess(), Engine(), [broken, works]) == works


def test_where_no_cli_can_build_each_reason_is_told() -> None:
    runner = FakeRunner({"/a/docker build": (1, "", "no buildx"), "/b/docker build": (1, "", "too old")})
    with pytest.raises(UserError, match=r"/a/docker: no buildx \| /b/docker: too old"):
        daemon.choose_cli(runner, Engine(), ["/a/docker", "/b/docker"])


@pytest.mark.parametrize(("version", "fits"), [("20.10.24+dfsg1", True), ("28.2.2", True), ("19.03.15", False)])
def test_engines_older_than_20_10_are_refused(docker_api: DockerApi, version: str, fits: bool) -> None:
    docker_api.info["ServerVersion"] = version
    if fits:
        daemon.check_version(Engine())
    else:
        with pytest.raises(UserError, match="20.10 or newer"):
            daemon.check_version(Engine())


def test_only_what_is_missing_is_installed() -> None:
    runner = FakeRunner(missing={"mmdebstrap", "dockerd"})
    assert prepare.missing_packages(runner, [*prepare.DOCKER, *debian.NEEDS]) == ["docker.io", "mmdebstrap"]
    assert prepare.missing_packages(FakeRunner(), prepare.DOCKER) == []


def test_without_root_the_exact_command_is_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 65534)
    runner = FakeRunner()
    with pytest.raises(UserError) as raised:
        prepare.install(runner, ["docker.io"], Steps(io.StringIO()))
    assert raised.value.fix == "run: sudo apt-get update && sudo apt-get install -y --no-install-recommends docker.io"
    assert runner.calls == []


def test_a_failing_apt_is_one_line_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    runner = FakeRunner({"apt-get update": (100, "", "E: Could not resolve the archive")})
    with pytest.raises(UserError, match="could not install docker.io: E: Could not resolve the archive"):
        prepare.install(runner, ["docker.io"], Steps(io.StringIO()))


def test_an_engine_elsewhere_that_does_not_answer_is_reported_and_none_is_started_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    runner = FakeRunner()
    with pytest.raises(
        UserError, match=r"DOCKER_HOST names \(tcp://127.0.0.1:1\) cannot be reached; .*unset DOCKER_HOST"
    ):
        prepare.docker(runner, Steps(io.StringIO()))
    assert runner.calls == []


def test_the_engine_of_a_cluster_that_does_not_answer_is_not_looked_for_on_this_machine(docker_api: DockerApi) -> None:
    runner = FakeRunner()
    with pytest.raises(UserError, match=r"DOCKER_HOST names \(tcp://127.0.0.1:1\)"):
        prepare.docker(runner, Steps(io.StringIO()), env={"DOCKER_HOST": "tcp://127.0.0.1:1"})
    assert runner.calls == []


def test_an_engine_that_answers_comes_with_the_cli_that_builds_in_it(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = program(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    runner = FakeRunner()
    assert prepare.docker(runner, Steps(io.StringIO())).cli == cli
    assert runner.argvs() == [f"{cli} build --quiet -"]
