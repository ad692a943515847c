"""Remembers the URLs of NodePorts: finding one takes programs and requests, and a loop asks many times a second."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from scripts.cluster import guard, tunnel


class NodeUrls:
    """`resolve` finds the URL of a port."""

    def __init__(self, resolve: Callable[[int], str]) -> None:
        self._resolve = resolve
        self._known: dict[int, str] = {}

    def get(self, port: int) -> str:
        """Looked up again once nothing listens on this machine's end any more: a tunnel may have ended."""
        url = self._known.get(port)
        if url is None or not _may_answer(url):
            url = self._known[port] = self._resolve(port)
        return url

    def forget(self) -> None:
        """The cluster starts or stops: addresses may change."""
        self._known.clear()


def _may_answer(url: str) -> bool:
    parts = urlsplit(url)
    return not guard.is_this_machine(parts.hostname or "") or tunnel.answers(parts.port or 80)
