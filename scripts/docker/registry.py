"""Asks a registry, past every proxy where it is on this machine."""

from __future__ import annotations

import ipaddress

import httpx

from scripts.core.errors import UserError


def problem(host: str) -> str:
    """Why images cannot be pushed there from this machine; "" when it answers."""
    try:
        answer = ask(host, "")
    except httpx.HTTPError as error:
        return str(error)
    return "" if answer.status_code in (200, 401) else f"status {answer.status_code}"


def ask(host: str, path: str, accept: str = "*/*") -> httpx.Response:
    """GET below /v2/ of a registry; on this machine past every proxy, which cannot know it."""
    plain = is_plain(host)
    url = f"{'http' if plain else 'https'}://{host}/v2/{path}"
    return httpx.get(url, headers={"Accept": accept}, timeout=10, trust_env=not plain)


def is_plain(host: str) -> bool:
    """Docker speaks HTTP without TLS to registries on loopback addresses only."""
    name = host.rpartition(":")[0] or host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def check(host: str, fix: str) -> None:
    if reason := problem(host):
        raise UserError(f"the cluster's registry {host} does not answer from this machine: {reason}", fix)
