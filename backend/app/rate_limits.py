"""Limits of logins and registrations, by account and by address, and of chat turns, by user.

They are counted in memory, so each replica counts for itself: N replicas let N times as much pass. That needs
no further store, and is enough against guessing passwords and running up a model's bill.
"""

import logging
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from typing import Literal

from fastapi import Request
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from app.errors import TooManyRequests
from app.metrics import Metrics
from app.settings import Settings

Kind = Literal["account", "address", "chat"]

logger = logging.getLogger(__name__)


class RateLimits:
    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rates = {
            "account": parse(settings.account_rate),
            "address": parse(settings.address_rate),
            "chat": parse(settings.chat_rate),
        }
        self._hops = settings.client_address_hops
        self._metrics = metrics

    async def check(self, kind: Kind, key: str) -> None:
        """Count one request; raises TooManyRequests. Lets it pass if counting fails, and counts that."""
        rate = self._rates[kind]
        try:
            if await self._limiter.hit(rate, kind, key):
                return
            reset_at, _ = await self._limiter.get_window_stats(rate, kind, key)
        except Exception:
            self._metrics.rate_limit_failures.inc()
            logger.exception("the %s limit could not be checked", kind)
            return
        self._metrics.rate_limited.labels(kind).inc()
        seconds = max(1, ceil(reset_at - time()))
        raise TooManyRequests(f"Too many requests. Try again in {seconds} s.", retry_after=seconds)

    async def check_account(self, request: Request, account: str) -> str:
        """Check a login or a registration. Returns who asks: the address if it is known, else the account."""
        address = client_address(request, self._hops)
        if address is not None:
            await self.check("address", address)
        await self.check("account", account)
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
