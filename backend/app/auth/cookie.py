"""The refresh token's cookie: no script reads it, and no page of another origin can use it."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from app.errors import Forbidden

NAME = "todo_refresh"
PATH = "/api/auth"
DEFAULT_PORTS = {"http": 80, "https": 443}


def put(request: Request, response: Response, token: str, seconds: int) -> None:
    response.set_cookie(
        _name(request),
        token,
        max_age=seconds,
        path=PATH,
        httponly=True,
        samesite="strict",
        secure=_scheme(request) == "https",
    )


def clear(request: Request, response: Response) -> None:
    response.delete_cookie(
        _name(request), path=PATH, httponly=True, samesite="strict", secure=_scheme(request) == "https"
    )


def read(request: Request) -> str | None:
    """The refresh token, or None without one; Forbidden where the request is not from this origin's own page.

    SameSite keeps the cookie from other sites, but not from other ports and subdomains of this one.
    """
    token = request.cookies.get(_name(request))
    if token is None:
        return None
    origin = request.headers.get("origin", "")
    asking = _authority(origin)
    if asking is None or asking != _authority(f"{urlsplit(origin).scheme}://{_host(request)}"):
        raise Forbidden("This is for the page of this address: the Origin header is of another, or missing.")
    return token


def _name(request: Request) -> str:
    """Each port of a host has its own: a browser sends a cookie to all of them, and two stacks on one machine
    would log each other out."""
    try:
        port = urlsplit(f"//{_host(request)}").port
    except ValueError:
        port = None
    return f"{NAME}_{port}" if port else NAME


def _host(request: Request) -> str:
    """The host that the browser asked, which a proxy sends on.

    A script may set X-Forwarded-Host. From another origin the browser then asks first whether it may
    (the preflight of CORS), and nobody here says yes.
    """
    forwarded = request.headers.get("x-forwarded-host", "").partition(",")[0].strip()
    return forwarded or request.headers.get("host", "")


def _scheme(request: Request) -> str:
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return forwarded or request.url.scheme


def _authority(origin: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(origin)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None
