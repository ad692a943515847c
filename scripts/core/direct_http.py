"""HTTP to this machine and its clusters: never through a proxy, which could not reach them.

By the standard library, which every command has loaded anyway, and by a connection for each request: a reused one would
keep leading to the pod it was opened to, wherever the Service points by now.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

FAILURES = (OSError, HTTPException)
"""Everything that `ask`, or reading its response, can raise."""


@contextmanager
def ask(
    url: str,
    timeout: float,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[HTTPResponse]:
    """The response, its body not read yet. Raises one of FAILURES; a status other than 2xx is one too.

    `timeout` (seconds) is for connecting and for each piece of the body; `tls` verifies an https server.
    """
    parts = urlsplit(url)
    server, path = parts.netloc, parts._replace(scheme="", netloc="").geturl() or "/"
    if parts.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(server, timeout=timeout, context=tls)
    else:
        connection = HTTPConnection(server, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        with connection.getresponse() as response:
            if not 200 <= response.status < 300:
                raise HTTPException(f"{url} answered {response.status} {response.reason}")
            yield response
    finally:
        connection.close()
