"""A package index on this machine, with wheels made on the spot."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.http_server import Handler, serving


def wheel(name: str, version: str, files: Mapping[str, str]) -> bytes:
    """A wheel of pure Python, installable by uv and pip."""
    info = f"{name}-{version}.dist-info"
    whole = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*whole, f"{info}/RECORD"])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in [*whole.items(), (f"{info}/RECORD", record)]:
            archive.writestr(path, text)
    return out.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def serving_index(files: Mapping[str, bytes]) -> Iterator[str]:
    """The URL of an index that has these files; a file's project is what comes before the first dash."""

    class Index(Handler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            kind, _, rest = self.path.removeprefix("/").partition("/")
            if kind == "simple":
                project = rest.strip("/")
                names = [name for name in files if name.partition("-")[0] == project]
                links = "".join(
                    f'<a href="../../files/{name}#sha256={sha256(files[name])}">{name}</a>' for name in names
                )
                self.respond(200 if names else 404, links.encode(), content_type="text/html")
            else:
                self.respond(200 if rest in files else 404, files.get(rest, b""))

    with serving(Index) as url:
        yield f"{url}/simple"
