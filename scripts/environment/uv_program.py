"""uv, the program that installs Python packages: downloaded in the version, and with a hash, that is pinned."""

from __future__ import annotations

import hashlib
import html
import io
import os
import platform
import re
import tempfile
import urllib.error
import urllib.parse
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.environment import certificates
from scripts.environment.package_index import Index

ATTEMPTS = 3
CHUNK = 1 << 20
LINK = re.compile(r"<a\s[^>]*?href=[\"']([^\"']+)[\"']", re.IGNORECASE)
FIX = "check the network (HTTPS_PROXY, SSL_CERT_FILE and pip's settings are used), then run ./dev again"


@dataclass(frozen=True)
class Pin:
    """The version of uv, and the SHA-256 of each file of it that may be used."""

    version: str
    hashes: frozenset[str]


def read_pin(requirements: Path) -> Pin:
    """The pin in a requirements file. Raises UserError if it has none."""
    text = requirements.read_text()
    version = re.search(r"^uv==(\S+)", text, re.MULTILINE)
    hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", text))
    if not version or not hashes:
        raise UserError(f"{requirements} does not pin uv by version and hash", "restore it from git")
    return Pin(version[1], hashes)


def ensure(runner: Runner, steps: Steps, pin: Pin, folder: Path, index: Index) -> Path:
    """The program in `folder`, downloaded if it is not there. UserError says why it cannot be."""
    program = folder / f"uv-{pin.version}"
    if not program.exists():
        if index.address.startswith("https:") and not index.certificates:
            certificates.install(runner, steps)
        with steps.step(f"Download uv {pin.version}") as step:
            _write(program, _program(_download(pin, index, step.note)))
            step.note("")
    return program


def wheel_link(page: str, pin: Pin, machine: str) -> str:
    """The link on an index's page to uv for Linux on a kind of machine; "" if there is none."""
    for link in map(html.unescape, LINK.findall(page)):
        path, _, fragment = link.partition("#")
        name = urllib.parse.unquote(path.rpartition("/")[2])
        known = fragment.removeprefix("sha256=") in pin.hashes or not fragment.startswith("sha256=")
        if known and re.fullmatch(rf"uv-{re.escape(pin.version)}-py3-none-manylinux\S*_{machine}\S*\.whl", name):
            return path
    return ""


def _download(pin: Pin, index: Index, note: Callable[[str], object]) -> bytes:
    what = f"uv {pin.version} cannot be downloaded from {index.host}"
    try:
        page_url = f"{index.address}/uv/"
        page = _read(index, page_url, note).decode(errors="replace")
        link = wheel_link(page, pin, platform.machine())
        if not link:
            raise UserError(
                f"{index.host} has no uv {pin.version} for {platform.machine()}", "use an index that has it"
            )
        wheel = _read(index, urllib.parse.urljoin(page_url, link), note)
    except urllib.error.URLError as error:
        raise UserError(f"{what}: {error.reason}", FIX) from None
    except OSError as error:
        raise UserError(f"{what}: {error.strerror or error}", FIX) from None
    if hashlib.sha256(wheel).hexdigest() not in pin.hashes:
        raise UserError(f"{what}: its hash is not the one that is pinned", "check what stands between, or report it")
    return wheel


def _read(index: Index, url: str, note: Callable[[str], object]) -> bytes:
    """The whole answer; tried again when the connection breaks, not when the server refuses."""
    for attempt in range(1, ATTEMPTS + 1):
        content = bytearray()
        try:
            with index.open(url) as answer:
                while chunk := answer.read(CHUNK):
                    content += chunk
                    note(f"{len(content) // CHUNK} MB")
                # What ends too early is no error of read().
                if len(content) < int(answer.headers["Content-Length"] or 0):
                    raise OSError(f"the connection ended after {len(content)} bytes")
            return bytes(content)
        except urllib.error.HTTPError as refused:
            refused.close()
            raise
        except (OSError, HTTPException) as error:
            if attempt == ATTEMPTS:
                raise error if isinstance(error, OSError) else OSError(f"no answer of HTTP: {error!r}") from None
    raise AssertionError("the last attempt returns or raises")


def _program(wheel: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
        return archive.read(name)


def _write(program: Path, content: bytes) -> None:
    """Under its name only once it is complete."""
    program.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=program.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, 0o755)
        os.replace(name, program)
    except BaseException:
        os.unlink(name)
        raise
