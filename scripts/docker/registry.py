"""Asks a registry, past every proxy where it is on this machine."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from scripts.core.errors import UserError
from scripts.core.hosts import is_loopback


class NoAnswer(Exception):
    """A registry cannot be reached, or what answers is none."""


class _NoRedirect(HTTPRedirectHandler):
    """A registry answers these requests itself: what leads elsewhere is somebody's login page."""

    def redirect_request(self, *_: object) -> None:
        return None


def problem(host: str) -> str:
    """Why images cannot be pushed there from this machine; "" when it answers."""
    try:
        status, _ = ask(host, "")
    except NoAnswer as error:
        return str(error)
    return "" if status in (200, 401) else f"status {status}"


def ask(host: str, path: str, accept: str = "*/*") -> tuple[int, bytes]:
    """Status and body of a GET below /v2/ of a registry; on this machine past every proxy, which cannot know it.

    Raises NoAnswer.
    """
    plain = is_plain(host)
    url = f"{'http' if plain else 'https'}://{host}/v2/{path}"
    opener = build_opener(_NoRedirect, *([ProxyHandler({})] if plain else []))
    try:
        with opener.open(Request(url, headers={"Accept": accept}), timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()
    except URLError as error:
        raise NoAnswer(str(error.reason)) from None
    except (OSError, HTTPException, ValueError) as error:  # ValueError: no host has this name
        raise NoAnswer(str(error)) from None


def is_plain(host: str) -> bool:
    """Docker speaks HTTP without TLS to registries on loopback addresses only."""
    return is_loopback(host.rpartition(":")[0] or host)


def check(host: str, fix: str) -> None:
    if reason := problem(host):
        raise UserError(f"the cluster's registry {host} does not answer from this machine: {reason}", fix)
