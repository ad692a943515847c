"""Access to an API server by a kubeconfig: with a real server, by every kind of credentials that is read here."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.kube import kubeconfig
from scripts.kube.api import Kube
from scripts.kube.connect import connect
from scripts.kube.errors import ApiError
from tests.http_server import Handler, serving
from tests.unit.tls_files import write_tls_files

FIX = "run: ./dev cluster up"
PLUGIN = """#!/bin/sh
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "made"}}'
"""
Fields = dict[str, Any]


@dataclass
class Server:
    """`seen` is (path, Authorization) of each request; only those without an upgrade are answered well."""

    folder: Path
    url: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)

    def write(self, cluster: Fields, user: Fields) -> Path:
        """A kubeconfig in the folder of the certificates, whose current context is another."""
        file = self.folder / "kubeconfig"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "other",
            "contexts": [
                {"name": "other", "context": {"cluster": "other", "user": "other"}},
                {"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "n"}},
            ],
            "clusters": [{"name": "c", "cluster": {"server": self.url, **cluster}}],
            "users": [{"name": "u", "user": user}],
        }
        file.write_text(yaml.safe_dump(content))
        return file


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for spelled in (name, name.upper()):
            monkeypatch.delenv(spelled, raising=False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """It speaks TLS, and only to clients with a certificate."""
    made = Server(tmp_path)

    class Answers(Handler):
        def do_GET(self) -> None:
            made.seen.append((self.path.partition("?")[0], self.headers.get("Authorization", "")))
            self.respond(403 if self.headers.get("Upgrade") else 200, b"{}")

    with serving(Answers, write_tls_files(tmp_path)) as made.url:
        yield made


def in_file(name: str) -> Fields:
    return (
        {"certificate-authority": "ca.pem"}
        if name == "ca"
        else {"client-certificate": "cert.pem", "client-key": "key.pem"}
    )


def data(folder: Path, **files: str) -> Fields:
    return {
        f"{name.replace('_', '-')}-data": b64encode((folder / file).read_bytes()).decode()
        for name, file in files.items()
    }


CERTIFICATES: dict[str, Callable[[Path], tuple[Fields, Fields]]] = {
    "files next to the kubeconfig": lambda folder: (in_file("ca"), in_file("client")),
    "data": lambda folder: (
        data(folder, certificate_authority="ca.pem"),
        data(folder, client_certificate="cert.pem", client_key="key.pem"),
    ),
    "no check of the server": lambda folder: ({"insecure-skip-tls-verify": True}, in_file("client")),
    "a name for the server": lambda folder: (in_file("ca") | {"tls-server-name": "127.0.0.1"}, in_file("client")),
}


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # as asked for
@pytest.mark.parametrize("given", CERTIFICATES.values(), ids=CERTIFICATES.keys())
def test_requests_and_websockets_are_made_with_the_certificates_of_the_context(
    server: Server, given: Callable[[Path], tuple[Fields, Fields]]
) -> None:
    file = server.write(*given(server.folder))
    assert kubeconfig.read(file, "here")
    kube = Kube(connect(file, "here", FIX))
    assert kube.call("ask", "GET", "/version") == {}
    assert kube.execute("n", "p", "c", ["true"]).status == -1
    assert server.seen == [("/version", ""), ("/api/v1/namespaces/n/pods/p/exec", "")]


def test_a_server_of_another_authority_is_not_trusted(server: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    foreign = tmp_path_factory.mktemp("foreign")
    write_tls_files(foreign)
    kube = Kube(connect(server.write(data(foreign, certificate_authority="ca.pem"), in_file("client")), "here", FIX))
    with pytest.raises(ApiError, match="certificate verify failed"):
        kube.call("ask", "GET", "/version")
    assert "certificate verify failed" in kube.execute("n", "p", "c", ["true"]).stderr
    assert server.seen == []


def test_a_key_is_in_no_file_once_it_is_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = server.folder / "tmp"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert connect(server.write(*CERTIFICATES["data"](server.folder)), "here", FIX)
    assert list(scratch.iterdir()) == []


def test_a_token_is_sent_with_every_request(server: Server) -> None:
    kube = Kube(connect(server.write(in_file("ca"), in_file("client") | {"token": "t"}), "here", FIX))
    kube.call("ask", "GET", "/version")
    kube.execute("n", "p", "c", ["true"])
    assert [sent for _, sent in server.seen] == ["Bearer t"] * 2


@pytest.mark.parametrize(
    ("kind", "sent"), [("exec", "Bearer made"), ("tokenFile", "Bearer kept"), ("password", "Basic")]
)
def test_what_only_the_client_library_reads_works_too(kind: str, sent: str, tmp_path: Path) -> None:
    class Answers(Handler):
        def do_GET(self) -> None:
            self.respond(200, f'{{"sent": "{self.headers["Authorization"]}"}}'.encode())

    plugin, kept = tmp_path / "plugin", tmp_path / "token"
    plugin.write_text(PLUGIN)
    plugin.chmod(0o755)
    kept.write_text("kept")
    users: dict[str, Fields] = {
        "exec": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin)}},
        "tokenFile": {"tokenFile": str(kept)},
        "password": {"username": "ann", "password": "p"},
    }
    with serving(Answers) as url:
        file = Server(tmp_path, url).write({}, users[kind])
        assert kubeconfig.read(file, "here") is None
        assert Kube(connect(file, "here", FIX)).call("ask", "GET", "/version")["sent"].startswith(sent)


@pytest.mark.parametrize(
    ("cluster", "user", "context"),
    [
        ({}, {}, "missing"),
        ({"certificate-authority-data": "a"}, {}, "here"),
        ({"certificate-authority": "gone.pem"}, {}, "here"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_told_with_its_context(
    server: Server, cluster: Fields, user: Fields, context: str
) -> None:
    with pytest.raises(UserError, match=f"no usable kubeconfig for context {context}: .*; run: ./dev cluster up"):
        connect(server.write(cluster, user), context, FIX)


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that does not answer, and an exception for another host only."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "example.com")


def test_no_proxy_is_asked_for_a_cluster_on_this_machine(server: Server, proxies: None) -> None:
    file = server.write(*CERTIFICATES["data"](server.folder))
    assert kubeconfig.read(file, "here")
    kube = Kube(connect(file, "here", FIX))
    assert kube.call("ask", "GET", "/version") == {}
    kube.execute("n", "p", "c", ["true"])
    assert [path for path, _ in server.seen] == ["/version", "/api/v1/namespaces/n/pods/p/exec"]


def test_nor_is_it_by_the_client_library(tmp_path: Path, proxies: None) -> None:
    seen = []

    class Answers(Handler):
        def do_GET(self) -> None:
            seen.append(self.path.partition("?")[0])
            self.respond(403 if self.headers.get("Upgrade") else 200, b"{}")

    with serving(Answers) as url:
        file = Server(tmp_path, url).write({}, {"username": "ann", "password": "p"})
        assert kubeconfig.read(file, "here") is None
        kube = Kube(connect(file, "here", FIX))
        assert kube.call("ask", "GET", "/version") == {}
        kube.execute("n", "p", "c", ["true"])
    assert seen == ["/version", "/api/v1/namespaces/n/pods/p/exec"]


def test_for_a_cluster_elsewhere_the_proxy_is_left_to_the_client_library(server: Server, proxies: None) -> None:
    server.url = "https://cluster.example.org:6443"
    assert kubeconfig.read(server.write(*CERTIFICATES["data"](server.folder)), "here") is None


def test_the_certificates_of_a_local_cluster_are_used_without_the_client_library(server: Server) -> None:
    file = server.write(*CERTIFICATES["data"](server.folder))
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from scripts.kube.api import Kube\n"
        "from scripts.kube.connect import connect\n"
        "Kube(connect(Path(sys.argv[1]), 'here', '')).call('ask', 'GET', '/version')\n"
        "sys.exit('kubernetes' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(file)], cwd=ROOT, check=False).returncode == 0
