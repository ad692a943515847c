"""HTTP around the protocol: errors in JSON, and headers that ask for what a server without sessions lacks."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send


class WithoutResumption:
    """Takes Last-Event-ID off: nothing is kept to be sent again, and the SDK would not answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # In place: who measures the request reads its route from the same scope.
            scope["headers"] = [header for header in scope["headers"] if header[0] != b"last-event-id"]
        await self.app(scope, receive, send)


def problem(request: Request, error: Exception) -> Response:
    """A problem document (RFC 9457) for what Starlette refuses."""
    assert isinstance(error, HTTPException)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "detail": f"{request.method} {request.url.path}: {error.detail}",
    }
    headers = dict(error.headers or {})
    return JSONResponse(body, error.status_code, headers, media_type="application/problem+json")
