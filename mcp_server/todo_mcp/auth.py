"""Who is calling: the backend is asked about every bearer token; this service could not mint or check one."""

import re

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from todo_mcp.api import Api, Refused, Unavailable

TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""The characters of a bearer token (RFC 6750, section 2.1); all else could not be sent on in a header."""


class BackendVerifier:
    """The SDK's TokenVerifier: None makes it answer 401."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def verify_token(self, token: str) -> AccessToken | None:
        if not TOKEN.fullmatch(token):
            return None
        try:
            user = await self._api.user(token)
        except Refused as refusal:
            if refusal.status in (401, 403):
                return None
            raise Unavailable(f"the todo API would not say whose token this is: {refusal}") from refusal
        return AccessToken(token=token, client_id="todo", scopes=[], subject=user.id)


class UnavailableAs503:
    """A backend that is away is not the caller's fault, and must not look like an invalid token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Unavailable as error:
            body = {"error": "temporarily_unavailable", "error_description": str(error)}
            await JSONResponse(body, status_code=503, headers={"Retry-After": "5"})(scope, receive, send)


def caller() -> AccessToken:
    """The verified token of the request being served."""
    token = get_access_token()
    if token is None:
        raise RuntimeError("a tool was reached without a verified token")
    return token
