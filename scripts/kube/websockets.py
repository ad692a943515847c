"""Opens websockets to the API server, and gives up after a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from websocket import WebSocket, create_connection

from scripts.kube.access import Access

PROTOCOLS = "v5.channel.k8s.io,v4.channel.k8s.io"


def open_websocket(access: Access, path: str, query: Sequence[tuple[str, str]], connect_timeout: float) -> WebSocket:
    """`path` is that of the HTTP request. Raises what websocket and ssl raise."""
    sent: Mapping[str, str] = {**access.headers(), "sec-websocket-protocol": PROTOCOLS}
    header = [f"{name}: {value}" for name, value in sent.items()]
    url = f"{access.host.replace('http', 'ws', 1)}{path}?{urlencode(query)}"
    opened = create_connection(url, connect_timeout, header=header, **access.websocket)
    opened.settimeout(None)
    return opened
