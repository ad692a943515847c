"""The one error that leaves this package, and the one place where the libraries' exceptions become it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from urllib3.exceptions import HTTPError
from websocket import WebSocketBadStatusException, WebSocketException

from scripts.core.errors import UserError

HTTP_ERRORS = 400
# No answer, too many requests, or a server that restarts, elects etcd's leader or is not reached by its proxy.
TRANSIENT = frozenset({0, 408, 429, 500, 502, 503, 504})


class ApiError(UserError):
    """An API request failed; `status` is the HTTP status, 0 for no (whole) answer. `transient`: worth another try."""

    def __init__(self, doing: str, status: int, reason: str, fix: str = "") -> None:
        super().__init__(f"could not {doing}: {reason}", fix)
        self.status = status
        self.reason = reason
        self.transient = status in TRANSIENT


@contextmanager
def api_errors(doing: str, fix: str = "") -> Iterator[None]:
    """Turns every exception of urllib3, websocket, ssl and sockets, and the ValueError of an answer that
    was cut off, into ApiError."""
    try:
        yield
    except WebSocketBadStatusException as error:
        status = error.status_code if error.status_code >= HTTP_ERRORS else 0  # no API server answers it with 200
        raise ApiError(doing, status, reason_in(error.status_code, error.resp_body or b""), fix) from None
    except (HTTPError, WebSocketException, OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise ApiError(doing, 0, f"no answer from the cluster ({error})", fix) from None


def reason_in(status: int, body: bytes) -> str:
    """The message of an answer of 400 or more."""
    reason = body.decode(errors="replace")
    with suppress(ValueError, KeyError, TypeError):
        reason = str(json.loads(body)["message"])
    return reason.strip() or f"HTTP {status}"
