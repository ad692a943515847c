"""Opens websockets to the API server with the client library's configuration, and gives up after a time.

The library's own `create_websocket` has no timeout: it hangs on a server that accepts a connection and never answers.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import Any

import certifi
from kubernetes.client import Configuration
from kubernetes.stream.ws_client import get_websocket_url, websocket_proxycare
from websocket import WebSocket, create_connection

PROTOCOLS = "v5.channel.k8s.io,v4.channel.k8s.io"


def open_websocket(
    configuration: Configuration,
    url: str,
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    connect_timeout: float,
) -> WebSocket:
    """`url` is that of the HTTP request. Raises what websocket and ssl raise."""
    tls: dict[str, Any] = {"cert_reqs": ssl.CERT_NONE}
    if configuration.verify_ssl:
        tls = {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": configuration.ssl_ca_cert or certifi.where()}
        if configuration.assert_hostname is not None:
            tls["check_hostname"] = configuration.assert_hostname
    given = {
        "certfile": configuration.cert_file,
        "keyfile": configuration.key_file,
        "server_hostname": configuration.tls_server_name,
    }
    tls |= {name: value for name, value in given.items() if value}
    sent = {**headers, "sec-websocket-protocol": PROTOCOLS}
    options: dict[str, Any] = {"header": [f"{name}: {value}" for name, value in sent.items()]}
    if configuration.proxy or configuration.proxy_headers:
        options = websocket_proxycare(options, configuration, url, headers)
    opened = create_connection(get_websocket_url(url, query), connect_timeout, sslopt=tls, **options)
    opened.settimeout(None)
    return opened
