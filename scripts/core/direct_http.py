"""HTTP to this machine and its clusters: never through a proxy, which cannot know them."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse
from typing import cast
from urllib.request import ProxyHandler, Request, build_opener

# What asking can end with, reading the answer included.
FAILURES = (OSError, HTTPException)
_OPENER = build_opener(ProxyHandler({}))


def ask(request: Request | str, timeout: float) -> HTTPResponse:
    """Raises one of FAILURES, for a status of 400 or more too."""
    return cast(HTTPResponse, _OPENER.open(request, timeout=timeout))
