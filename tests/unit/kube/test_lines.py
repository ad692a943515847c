"""The lines of a streamed answer, in whatever pieces they come."""

from __future__ import annotations

import pytest

from scripts.kube.access import Access
from scripts.kube.api import Kube
from tests.http_server import Handler, serving

LONG = b"x" * 3_000_000


class Streaming(Handler):
    protocol_version = "HTTP/1.1"
    pieces: list[bytes] = []

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for piece in [*self.pieces, b""]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"one\ntwo\n"], [b"one", b"two"]),
        ([b"on", b"e\n\nt", b"w", b"o"], [b"one", b"two"]),
        ([b"one", b"\n", b"\n"], [b"one"]),
        ([*(LONG[start : start + 10_000] for start in range(0, len(LONG), 10_000)), b"\nend"], [LONG, b"end"]),
        ([], []),
    ],
    ids=["whole", "in pieces", "empty lines", "long", "none"],
)
def test_a_line_is_whole_however_it_comes(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], lines: list[bytes]
) -> None:
    monkeypatch.setattr(Streaming, "pieces", pieces)
    with serving(Streaming) as url:
        assert list(Kube(Access(url)).lines("/x", {}, timeout=10)) == lines
