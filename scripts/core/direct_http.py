"""HTTP to this machine and its clusters: never through a proxy, which could not reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import httpx

FAILURES = (httpx.HTTPError, httpx.InvalidURL)
"""Everything that `ask`, or reading its response, can raise."""


@cache
def _client() -> httpx.Client:
    # No connection is reused: it would keep leading to the pod it was opened to, wherever the Service points by now.
    return httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


@contextmanager
def ask(
    url: str, timeout: float, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> Iterator[httpx.Response]:
    """The response, its body not read yet. Raises one of FAILURES; a status other than 2xx is one too.

    `timeout` (seconds) is for connecting and for each piece of the body.
    """
    with _client().stream(method, url, timeout=timeout, headers=headers) as response:
        response.raise_for_status()
        yield response
