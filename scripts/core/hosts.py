"""Hosts that are this machine itself."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether a host of a URL is this machine by its address alone. No proxy could reach it, so none is asked: as with
    every program in Go, kubectl and Docker among them, whatever NO_PROXY says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
