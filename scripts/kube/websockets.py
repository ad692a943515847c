"""Opens websockets to the API server, and gives up after a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from websocket import WebSocket, create_connection

from scripts.core.hosts import is_loopback
from scripts.kube.access import Access

PROTOCOLS = "v5.channel.k8s.io,v4.channel.k8s.io"


def open_websocket(access: Access, path: str, query: Sequence[tuple[str, str]], connect_timeout: float) -> WebSocket:
    """`path` is that of the HTTP request. Raises what websocket and ssl raise."""
    sent: Mapping[str, str] = {**access.headers(), "sec-websocket-protocol": PROTOCOLS}
    header = [f"{name}: {value}" for name, value in sent.items()]
    url = f"{access.host.replace('http', 'ws', 1)}{path}?{urlencode(query)}"
    host = urlsplit(access.host).hostname or ""
    # Without a proxy of its own, which then is not used, the library asks the one of the environment.
    direct: dict[str, Any] = {"http_proxy_host": host, "http_no_proxy": [host]} if is_loopback(host) else {}
    opened = create_connection(url, connect_timeout, header=header, **direct, **access.websocket)
    opened.settimeout(None)
    return opened
