"""Limits of logins and registrations, by account and by address, and of chat turns, by user.

They are counted in memory, so each replica counts for itself: N replicas let N times as much pass. That needs
no further store, and is enough against guessing passwords and running up a model's bill.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import monotonic
from typing import Literal

from fastapi import Request

from app.errors import TooManyRequests
from app.metrics import Metrics
from app.rates import Rate, Window
from app.settings import Settings

Kind = Literal["account", "address", "chat"]


class RateLimits:
    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        rates: dict[Kind, str] = {
            "account": settings.account_rate,
            "address": settings.address_rate,
            "chat": settings.chat_rate,
        }
        self._windows = {kind: Window(Rate.parse(rate)) for kind, rate in rates.items()}
        self._hops = settings.client_address_hops
        self._metrics = metrics

    def check(self, kind: Kind, key: str) -> None:
        """Count one request; raises TooManyRequests."""
        wait = self._windows[kind].hit(key, monotonic())
        if not wait:
            return
        self._metrics.rate_limited.labels(kind).inc()
        seconds = max(1, ceil(wait))
        raise TooManyRequests(f"Too many requests. Try again in {seconds} s.", retry_after=seconds)

    def check_account(self, request: Request, account: str) -> str:
        """Check a login or a registration. Returns who asks: the address if it is known, else the account."""
        address = client_address(request, self._hops)
        if address is not None:
            self.check("address", address)
        self.check("account", account)
        return address or account


def client_address(request: Request, hops: int) -> str | None:
    """Who sent the request: the entry of X-Forwarded-For that the first of `hops` proxies of ours added.

    Entries before it are whatever the client wrote. Of an IPv6 address the /64, which one client has whole.
    """
    entries = request.headers.get("x-forwarded-for", "").split(",")
    if hops == 0 or len(entries) < hops:
        return None
    try:
        address = ip_address(entries[-hops].strip())
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address.packed, 64), strict=False))
