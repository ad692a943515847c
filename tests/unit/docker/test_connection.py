"""Which engine is asked, and what is said when it does not answer."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from urllib3.exceptions import ProtocolError

from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.docker import connection
from scripts.docker.engine import Engine
from scripts.docker.errors import EngineError, Unreachable, mapped
from tests.unit.docker_api import DockerApi, serve_docker
from tests.unit.tls_files import write_tls_files


def use_context(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, host: str = "") -> None:
    """Make a docker context the current one; without a host it does not exist."""
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))
    if host:
        meta = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
        meta.parent.mkdir(parents=True)
        meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host}}}))


def test_the_engine_of_the_current_docker_context_is_asked(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker_api.info["Name"] = "in-the-context"
    use_context(tmp_path, monkeypatch, "colima", docker_api.host)
    assert Engine().facts.name == "in-the-context"
    assert Engine().connection.name == "the Docker engine that docker context colima names"


def test_docker_host_comes_before_the_docker_context(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_context(tmp_path, monkeypatch, "colima", "tcp://127.0.0.1:1")
    assert Engine({"DOCKER_HOST": docker_api.host}).facts.name == "host"
    with pytest.raises(Unreachable, match="docker context colima names does not answer: Connection refused; start it"):
        Engine().facts  # noqa: B018


def test_a_docker_context_that_does_not_exist_is_not_replaced_by_the_default_one(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_context(tmp_path, monkeypatch, "gone")
    with pytest.raises(UserError, match="docker context gone does not exist; choose one with: docker context use"):
        Engine().images.id("x:1")


def test_an_engine_on_this_machine_is_asked_without_a_proxy(
    docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert Engine().facts.version == "28.5.1"


def test_an_engine_that_accepts_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "QUICK_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Unreachable, match="could not inspect image x:1: .* did not answer in time; check its load"):
            Engine({"DOCKER_HOST": f"tcp://127.0.0.1:{silent.getsockname()[1]}"}).images.id("x:1")


@pytest.mark.parametrize("host", ["tcp://[::1", "gopher://x"])
def test_a_docker_host_that_is_no_address_is_an_error_about_docker_host(host: str) -> None:
    with pytest.raises(EngineError) as raised:
        Engine({"DOCKER_HOST": host}).images.id("x:1")
    assert f"DOCKER_HOST names ({host})" in raised.value.what


def test_an_engine_with_tls_is_asked_with_its_own_ca_and_our_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    write_tls_files(other)
    # As on a network that intercepts TLS: for every program that uses requests.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other / "ca.pem"))
    with serve_docker(write_tls_files(own)) as api:
        env = {"DOCKER_HOST": api.host, "DOCKER_TLS_VERIFY": "1"}
        assert Engine({**env, "DOCKER_CERT_PATH": str(own)}).facts.name == "host"
        with pytest.raises(Unreachable, match="certificate verify failed"):
            Engine({**env, "DOCKER_CERT_PATH": str(other)}).images.id("x:1")


def test_missing_tls_files_are_an_error_about_them(tmp_path: Path) -> None:
    env = {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    with pytest.raises(EngineError, match="TLS files .* cannot be used: .*; check DOCKER_CERT_PATH"):
        Engine(env).images.id("x:1")


def test_a_socket_that_this_user_may_not_use_is_not_taken_for_an_engine_that_does_not_run() -> None:
    # Root may use every socket: what the SDK raises for another user.
    refused = requests.ConnectionError(ProtocolError("Connection aborted.", PermissionError(13, "Permission denied")))
    with pytest.raises(UserError, match="may not use the Docker engine") as raised, mapped("x", "the Docker engine"):
        raise refused
    assert not isinstance(raised.value, EngineError)
    assert "usermod -aG docker" in raised.value.fix


def test_a_disk_that_is_full_is_not_taken_for_an_engine_that_does_not_answer(
    docker_api: DockerApi, tmp_path: Path
) -> None:
    docker_api.add("x:1")
    with pytest.raises(OSError, match="No space left on device"):
        Engine().images.save("x:1", Path("/dev/full"))


def test_a_credential_helper_that_fails_is_quoted(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-broken"
    helper.write_text("#!/bin/sh\necho the keychain is locked\nexit 1\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text('{"credsStore": "broken"}')
    with pytest.raises(EngineError, match="cannot be used: Credentials store error: .*the keychain is locked"):
        Engine().images.push("registry.example.com/x:1", lambda line: None)


def test_a_connection_that_is_not_used_does_not_load_the_sdk() -> None:
    program = (
        "import sys\n"
        "import scripts.commands.up, scripts.commands.status, scripts.commands.env, scripts.commands.logs\n"
        "from scripts.docker.engine import Engine\n"
        "Engine()\n"
        "sys.exit('docker' in sys.modules or 'requests' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_no_other_package_uses_the_sdk_or_runs_the_docker_cli() -> None:
    use = re.compile(r'^\s*(?:import docker|from docker)\b|\["docker",', re.MULTILINE)
    files = [file for file in (ROOT / "scripts").rglob("*.py") if file.parent != ROOT / "scripts/docker"]
    assert [str(file) for file in files if use.search(file.read_text())] == []
