"""What ./dev needs to make its Python environment: uv, and an index to download from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.environment import certificates, package_index, uv_program
from scripts.environment.package_index import Index
from scripts.environment.uv_program import Pin, wheel_link
from tests.http_server import Handler, serving
from tests.unit.fakes import FakeRunner
from tests.unit.python_index import serving_index, sha256, wheel

PIN = Pin("1.2.3", frozenset({"a" * 64, "b" * 64}))
MACHINE = os.uname().machine
NAME = f"uv-1.2.3-py3-none-manylinux_2_17_{MACHINE}.manylinux2014_{MACHINE}.whl"
WHEEL = wheel("uv", "1.2.3", {"uv-1.2.3.data/scripts/uv": "#!/bin/sh\n"})


def ensure(folder: Path, index: Index, *hashes: str) -> Path:
    return uv_program.ensure(FakeRunner(), Steps(), Pin("1.2.3", frozenset(hashes or {sha256(WHEEL)})), folder, index)


def test_the_services_build_with_the_same_uv() -> None:
    pinned = (ROOT / "requirements-uv.txt").read_text()
    copies = list(ROOT.glob("*/requirements-uv.txt"))
    assert {copy.parent.name for copy in copies} >= {"backend", "mcp_server"}
    assert {copy.read_text() for copy in copies} == {pinned}


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (f'<a href="x/uv-1.2.3-py3-none-manylinux_2_17_x86_64.whl#sha256={"a" * 64}">', True),
        (f"<A data-x='1' HREF='x/uv-1.2.3-py3-none-manylinux_2_17_x86_64.whl#sha256={'b' * 64}'>", True),
        ('<a href="x/uv-1.2.3-py3-none-manylinux_2_17_x86_64.whl">', True),
        (f'<a href="x/uv-1.2.3-py3-none-manylinux_2_17_x86_64.whl#sha256={"c" * 64}">', False),
        ('<a href="x/uv-1.2.30-py3-none-manylinux_2_17_x86_64.whl">', False),
        ('<a href="x/uv-1.2.3-py3-none-manylinux_2_17_aarch64.whl">', False),
        ('<a href="x/uv-1.2.3-py3-none-macosx_11_0_x86_64.whl">', False),
        ('<a href="x/uv-1.2.3.tar.gz">', False),
    ],
)
def test_the_file_of_uv_is_that_for_this_machine_with_a_pinned_hash(page: str, link: bool) -> None:
    expected = "x/uv-1.2.3-py3-none-manylinux_2_17_x86_64.whl" if link else ""
    assert wheel_link(page, PIN, "x86_64") == expected


def test_uv_is_downloaded_once_and_can_be_run(tmp_path: Path) -> None:
    with serving_index({NAME: WHEEL}) as url:
        program = ensure(tmp_path / "uv", Index(url))
    assert os.access(program, os.X_OK)
    assert ensure(tmp_path / "uv", Index("http://127.0.0.1:9")) == program
    assert [file.name for file in (tmp_path / "uv").iterdir()] == ["uv-1.2.3"]


def test_a_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    class Forged(Handler):
        def do_GET(self) -> None:
            page = f'<a href="/{NAME}#sha256={sha256(WHEEL)}">'.encode()
            self.respond(200, b"forged" if self.path.endswith(".whl") else page)

    with serving(Forged) as url, pytest.raises(UserError, match="127.0.0.1: its hash is not the one that is pinned"):
        ensure(tmp_path, Index(url))
    assert list(tmp_path.iterdir()) == []


BROKEN = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nhalf",
    b"not what a server of HTTP says\r\n",
]


@pytest.mark.parametrize("broken", BROKEN, ids=["short", "chunked", "no answer"])
@pytest.mark.parametrize("what", ["/uv/", ".whl"])
def test_an_answer_that_breaks_off_is_asked_for_again(what: str, broken: bytes, tmp_path: Path) -> None:
    class Breaks(Handler):
        asked = 0

        def do_GET(self) -> None:
            Breaks.asked += self.path.endswith(what)
            if self.path.endswith(what) and Breaks.asked < uv_program.ATTEMPTS:
                self.wfile.write(broken)
                self.close_connection = True
                return
            page = f'<a href="/{NAME}#sha256={sha256(WHEEL)}">'.encode()
            self.respond(200, WHEEL if self.path.endswith(".whl") else page)

    with serving(Breaks) as url:
        assert os.access(ensure(tmp_path, Index(url)), os.X_OK)
        Breaks.asked = -uv_program.ATTEMPTS
        with pytest.raises(UserError, match="uv 1.2.3 cannot be downloaded from 127.0.0.1: .*; check the network"):
            ensure(tmp_path / "again", Index(url))


def test_an_index_without_the_version_or_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with serving_index({"uv-1.2.2.tar.gz": b""}) as url, pytest.raises(UserError) as missing:
        ensure(tmp_path, Index(url))
    assert missing.value.what == f"127.0.0.1 has no uv 1.2.3 for {MACHINE}"
    with serving_index({}) as url, pytest.raises(UserError) as empty:
        ensure(tmp_path, Index(url))
    assert empty.value.what == "uv 1.2.3 cannot be downloaded from 127.0.0.1: Not Found"
    with pytest.raises(UserError, match="from 127.0.0.1: .*Connection refused; check the network"):
        ensure(tmp_path, Index("http://127.0.0.1:9/simple"))


def test_the_password_of_an_index_is_sent_and_never_shown(tmp_path: Path) -> None:
    sent: list[str | None] = []

    class Private(Handler):
        def do_GET(self) -> None:
            sent.append(self.headers["Authorization"])
            self.respond(401)

    with serving(Private) as url, pytest.raises(UserError) as refused:
        ensure(tmp_path, Index(url.replace("//", "//me:s%40cret@")))
    assert sent == ["Basic bWU6c0BjcmV0"]
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "file", "expected"),
    [
        ({}, "", {}),
        ({"PIP_INDEX_URL": "http://a"}, "", {"UV_DEFAULT_INDEX": "http://a"}),
        ({}, "[global]\nindex-url = http://b\nproxy = http://p\n",
         {"UV_DEFAULT_INDEX": "http://b", "HTTP_PROXY": "http://p", "HTTPS_PROXY": "http://p"}),
        ({}, "[install]\nindex_url = http://i\n[global]\nindex-url = http://b\n", {"UV_DEFAULT_INDEX": "http://i"}),
        ({"PIP_INDEX_URL": "http://a"}, "[global]\nindex-url = http://b\n", {"UV_DEFAULT_INDEX": "http://a"}),
        ({"UV_INDEX_URL": "http://u", "PIP_INDEX_URL": "http://a"}, "", {"UV_DEFAULT_INDEX": "http://u"}),
        ({"https_proxy": "http://own", "PIP_PROXY": "http://p"}, "", {}),
        ({"PIP_EXTRA_INDEX_URL": "http://x http://y"}, "",
         {"UV_INDEX": "http://x http://y", "UV_INDEX_STRATEGY": "unsafe-best-match"}),
        ({"PIP_CONFIG_FILE": "/dev/null"}, "[global]\nindex-url = http://b\n", {}),
        ({}, "not a pip.conf", {}),
        ({}, "[global]\nindex-url = http://100%/x\n", {"UV_DEFAULT_INDEX": "http://100%/x"}),
    ],
)  # fmt: skip
def test_uv_is_told_what_pip_is_told(
    environ: Mapping[str, str], file: str, expected: Mapping[str, str], tmp_path: Path
) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(file)
    found = package_index.find({"HOME": str(tmp_path), **environ}, [settings]).uv_settings()
    assert {name: value for name, value in found.items() if name != "SSL_CERT_FILE"} == expected


def test_the_certificates_of_pip_are_used_unless_others_are_named(tmp_path: Path) -> None:
    own, named = tmp_path / "own.pem", tmp_path / "named.pem"
    own.touch()
    named.touch()
    environ = {"HOME": str(tmp_path), "PIP_CERT": str(own)}
    assert package_index.find(environ, []).certificates == str(own)
    assert package_index.find({**environ, "SSL_CERT_FILE": str(named)}, []).certificates == str(named)


def test_a_machine_without_certificates_gets_them_or_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    root = FakeRunner()
    certificates.install(root, Steps())
    assert root.argvs() == ["apt-get update -qq", "apt-get install -y -qq ca-certificates"]
    failing = FakeRunner({"apt-get update": (100, "", "E: no network")})
    with pytest.raises(UserError, match="apt could not install ca-certificates: .*E: no network; run: sudo apt-get"):
        certificates.install(failing, Steps())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UserError, match="no CA certificates .*; run: .* sudo apt-get install ca-certificates"):
        certificates.install(FakeRunner(), Steps())
