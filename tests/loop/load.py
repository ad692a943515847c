"""Requests at a steady rate while something else happens, as the users of a stack make them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

CLIENTS = 16


class Load:
    """GETs a URL so many times a second from `with` to its end; `failures` are all answers but 200, and errors."""

    def __init__(self, url: str, headers: Mapping[str, str], per_second: int) -> None:
        self._url, self._pause = url, 1 / per_second
        limits = httpx.Limits(max_connections=CLIENTS)
        self._client = httpx.Client(headers=dict(headers), timeout=30, limits=limits, trust_env=False)
        self._over = threading.Event()
        self._starter = threading.Thread(target=self._run, daemon=True)
        self.failures: list[str] = []
        self.answered = 0

    def __enter__(self) -> Load:
        self._starter.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._starter.join()
        self._client.close()

    def _run(self) -> None:
        """Returns when all requests that were begun have ended."""
        due = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            while not self._over.wait(max(0.0, due - time.monotonic())):
                clients.submit(self._ask)
                due += self._pause

    def _ask(self) -> None:
        try:
            answer = self._client.get(self._url)
        except httpx.HTTPError as error:
            self.failures.append(repr(error))
            return
        if answer.status_code == 200:
            self.answered += 1
        else:
            self.failures.append(f"{answer.status_code}: {answer.text[:200]}")
