"""Requests at a bounded rate, and a ledger of the writes that were acknowledged."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

RATE = 50
"""Requests a second of all clients together; those that are slow or use the tools come on top."""
KEEPING, CONNECTING = 6, 4
"""Clients that keep their connection, and clients that open one for each request."""
OPEN_STREAMS = 3
STREAM_SECONDS = 8
"""A stream stays open while its pod drains."""
TIMEOUT_SECONDS = 60
SLOW_SECONDS = 2.0
"""A reading or writing request that takes longer than this is not served well."""
PAGE = 200
QUICK = ("add", "list")
OUTAGE = (502, 503, 504)
MCP_HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}

Client = tuple[Callable[[httpx.Client], None], int, dict[str, str]]
"""What sends a request, how many clients repeat that, and their headers."""


@dataclass
class Ledger:
    """What was sent. `unknown` are writes without an acknowledgement, which may or may not have been made;
    `unexplained` are the failures that did not tell the user why, `slowest` the seconds of the slowest of QUICK
    requests."""

    sent: int = 0
    acknowledged: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    served_in_a_row: int = 0
    slowest: float = 0.0
    _troubled: list[tuple[float, float]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, what: str, send: Callable[[], httpx.Response], *titles: str) -> None:
        """Send a request; `titles` are those of the tasks that it adds."""
        clock, began = time.strftime("%H:%M:%S"), time.monotonic()
        explained = False
        try:
            answer = send()
            problem = "" if answer.is_success else f"{answer.status_code} {answer.text[:200]}"
            explained = answer.status_code in OUTAGE and bool(explanation(answer))
        except httpx.TransportError as error:
            problem = repr(error)
        ended = time.monotonic()
        seconds = ended - began if what in QUICK else 0.0
        slow = seconds > SLOW_SECONDS
        with self._lock:
            self.sent += 1
            self.slowest = max(self.slowest, seconds)
            self.served_in_a_row = 0 if problem or slow else self.served_in_a_row + 1
            if problem or slow:
                self._troubled.append((began, ended))
            if problem:
                failure = f"{clock} {what}: {problem}"
                self.failures.append(failure)
                if not explained:
                    self.unexplained.append(failure)
            (self.unknown if problem else self.acknowledged).extend(titles)

    def recovery_seconds(self, since: float) -> float:
        """From then until the last request has ended that began after it and failed or was slow."""
        return max((ended - since for began, ended in self._troubled if began >= since), default=0.0)

    def differences(self, stored: Counter[str]) -> list[str]:
        """How what is stored differs from the ledger; empty if every acknowledged write is there exactly once."""
        found = [f"lost: {title}" for title in self.acknowledged if stored[title] == 0]
        found += [f"made {times} times: {title}" for title, times in stored.items() if times > 1]
        ours = {*self.acknowledged, *self.unknown}
        return found + [f"never sent: {title}" for title in stored if title not in ours]


class Load:
    """Clients of one user: reads and writes through the API, open streams, and tool calls through MCP and the chat."""

    def __init__(self, url: str) -> None:
        self.url, self.ledger = url, Ledger()
        self.email = f"{secrets.token_hex(8)}@example.com"
        account = {"email": self.email, "password": secrets.token_urlsafe(16)}
        answer = httpx.post(f"{url}/api/auth/register", json=account, timeout=TIMEOUT_SECONDS, trust_env=False)
        self._auth = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
        self._numbers = itertools.count(1)
        self._stop = threading.Event()

    def clients(self) -> list[Client]:
        asking = [(self._ask, KEEPING, {}), (self._ask, CONNECTING, {"Connection": "close"})]
        return [*asking, (self._stream, OPEN_STREAMS, {}), (self._call_tool, 1, {}), (self._chat, 1, {})]

    @contextmanager
    def running(self) -> Iterator[Ledger]:
        """The load goes on while the block runs; after it, all requests are answered or have failed."""
        threads = [
            threading.Thread(target=self._repeat, args=(send, headers), daemon=True)
            for send, count, headers in self.clients()
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self.ledger
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def wait_for(self, requests: int) -> None:
        """Return when so many more requests were answered or have failed."""
        until = self.ledger.sent + requests
        while self.ledger.sent < until:
            self.go_on(0.1)

    def go_on(self, seconds: float) -> None:
        """Return after so many seconds in which requests were sent."""
        self._stop.wait(seconds)

    def stored(self) -> Counter[str]:
        """The titles of the user's tasks, with how often each is there."""
        titles: Counter[str] = Counter()
        with self._client({}) as http:
            path: str | None = f"/api/me/tasks?limit={PAGE}"
            while path:
                page = http.get(path).raise_for_status()
                titles.update(task["title"] for task in page.json())
                path = page.links.get("next", {}).get("url")
        return titles

    def _client(self, headers: dict[str, str]) -> httpx.Client:
        headers = {**self._auth, **headers}
        return httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)

    def _repeat(self, send: Callable[[httpx.Client], None], headers: dict[str, str]) -> None:
        """At this client's part of the rate, whatever the answers take, as long as they take less than that."""
        pause = (KEEPING + CONNECTING) / RATE
        with self._client(headers) as http:
            due = time.monotonic()
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due = max(due + pause, time.monotonic() - 1)
                send(http)

    def title(self) -> str:
        """Of the next task."""
        return f"task {next(self._numbers)}"

    def _ask(self, http: httpx.Client) -> None:
        title = self.title()
        if int(title.split()[1]) % 2:
            self.ledger.record("add", lambda: http.post("/api/me/tasks", json={"title": title}), title)
        else:
            self.ledger.record("list", lambda: http.get("/api/me/tasks", params={"limit": 50}))

    def _stream(self, http: httpx.Client) -> None:
        """A request whose body takes its time, so that it is under way on every hop while pods come and go."""
        title = self.title()

        def parts() -> Iterator[bytes]:
            yield b'{"title": '
            self._stop.wait(STREAM_SECONDS)
            yield f'"{title}"}}'.encode()

        headers = {"Content-Type": "application/json"}
        self.ledger.record("stream", lambda: http.post("/api/me/tasks", content=parts(), headers=headers), title)

    def _call_tool(self, http: httpx.Client) -> None:
        title = self.title()
        call = {"name": "add_task", "arguments": {"title": title}}
        body: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        self.ledger.record("tool", lambda: _no_tool_error(http.post("/mcp", json=body, headers=MCP_HEADERS)), title)
        self._stop.wait(1)

    def _chat(self, http: httpx.Client) -> None:
        title = self.title()
        body = {"message": f"Add a task to {title}"}
        self.ledger.record("chat", lambda: _only_if_added(http.post("/api/me/chat", json=body)), title)
        self._stop.wait(1)


def explanation(answer: httpx.Response) -> str:
    """What a failed answer of any of the services tells the user; empty if it tells nothing."""
    try:
        body = answer.json()
        return str(body.get("detail") or body.get("error_description") or "")
    except (ValueError, AttributeError):
        return ""


def _no_tool_error(answer: httpx.Response) -> httpx.Response:
    """An MCP error has status 200: make it count as the failure that it is."""
    if not answer.is_success:
        return answer
    body = answer.json()
    if "error" in body:
        return httpx.Response(502, json={"detail": body["error"]["message"]})
    if body["result"].get("isError"):
        return httpx.Response(502, json={"detail": body["result"]["content"][0]["text"]})
    return answer


def _only_if_added(answer: httpx.Response) -> httpx.Response:
    """The assistant tells of a tool that failed with status 200."""
    if not answer.is_success or any(call["ok"] for call in answer.json()["tool_calls"]):
        return answer
    return httpx.Response(502, json={"detail": answer.json()["response"]})
