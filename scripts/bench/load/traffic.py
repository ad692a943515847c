"""Sends requests, as fast as they are answered or at a steady rate, and keeps how long each took.

With aiohttp, whose parser is in C: a request costs this process about a fifth of a millisecond, which `Timings` reports
with the rest, because on a small machine the sender takes that from the stack.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from scripts.bench.statistics import percentile

TIMEOUT_SECONDS = 30
CONNECTIONS = 64
FAILURES_KEPT = 20


@dataclass(frozen=True)
class Operation:
    """A request of which each repetition costs the same. `body` makes its JSON from a number that no other one gets.
    `refusal` finds the reason for a failure in an answer of status 2xx, "" if there is none."""

    name: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[int], Any] | None = None
    refusal: Callable[[bytes], str] = lambda _: ""


@dataclass
class Timings:
    """`seconds` of each request that succeeded, in `elapsed` seconds; `own` is the share of one processor that sending
    took. Of the failures the first few are kept."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    elapsed: float = 0.0
    own: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0

    def at(self, percent: float) -> float:
        """The percentile in seconds; 0 if no request succeeded."""
        return percentile(self.seconds, percent) if self.seconds else 0.0

    def record(self, seconds: float, failure: str) -> None:
        if not failure:
            self.seconds.append(seconds)
            return
        self.failed += 1
        if len(self.failures) < FAILURES_KEPT:
            self.failures.append(failure)

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": len(self.seconds), "failed": self.failed, "failures": self.failures, "rate": self.rate,
            "p50": self.at(50), "p99": self.at(99), "elapsed": self.elapsed, "sender": self.own,
        }  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """A measurement ends after so many seconds or so many requests, whichever is first."""

    seconds: float
    requests: int


def saturate(operations: Sequence[Operation], clients: int, limit: Limit, first: int = 0) -> Timings:
    """So many clients, each of which sends the next of the operations, in turn, when its last one is answered; `first`
    is the number of the first body."""
    return asyncio.run(_saturate(operations, clients, limit, first))


def pace(operations: Iterable[Operation], rate: float, limit: Limit) -> dict[str, Timings]:
    """The operations in turn at a steady rate, whatever the answers take. A request's time begins when it is due, so
    that a slow answer does not hide the wait of those behind it. Timings by the names of the operations."""
    return asyncio.run(_pace(list(operations), rate, limit))


async def _saturate(operations: Sequence[Operation], clients: int, limit: Limit, first: int) -> Timings:
    timings, numbers = Timings(), iter(range(first, first + limit.requests))
    async with _session(clients) as session:
        with _measured([timings]):
            deadline = time.monotonic() + limit.seconds

            async def client() -> None:
                while time.monotonic() < deadline and (number := next(numbers, None)) is not None:
                    began = time.perf_counter()
                    failure = await _send(session, operations[number % len(operations)], number)
                    timings.record(time.perf_counter() - began, failure)

            await asyncio.gather(*(client() for _ in range(clients)))
    return timings


async def _pace(operations: list[Operation], rate: float, limit: Limit) -> dict[str, Timings]:
    timings = {operation.name: Timings() for operation in operations}

    async def one(session: aiohttp.ClientSession, number: int, due: float) -> None:
        operation = operations[number % len(operations)]
        await asyncio.sleep(due - time.perf_counter())
        failure = await _send(session, operation, number)
        timings[operation.name].record(time.perf_counter() - due, failure)

    async with _session(CONNECTIONS) as session:
        with _measured(timings.values()):
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for number in range(min(limit.requests, int(limit.seconds * rate))):
                    due = began + number / rate
                    # Tasks are made shortly before they are due: thousands of them would be memory for nothing.
                    await asyncio.sleep(due - 1 - time.perf_counter())
                    group.create_task(one(session, number, due))
    return timings


def _session(connections: int) -> aiohttp.ClientSession:
    # Straight to this machine or its cluster: by default aiohttp uses no proxy.
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections), timeout=timeout)


@contextmanager
def _measured(timings: Iterable[Timings]) -> Iterator[None]:
    """Fill in how long the block took, and what it cost this process."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    elapsed = time.perf_counter() - began
    for each in timings:
        each.elapsed, each.own = elapsed, (time.process_time() - cpu) / elapsed


async def _send(session: aiohttp.ClientSession, operation: Operation, number: int) -> str:
    """Why the request failed; "" if it did not."""
    body = operation.body(number) if operation.body else None
    try:
        async with session.request(operation.method, operation.url, headers=operation.headers, json=body) as answer:
            content = await answer.read()
            if not 200 <= answer.status < 300:
                return f"{operation.name}: {answer.status} {content[:200].decode(errors='replace')}"
            reason = operation.refusal(content)
            return f"{operation.name}: {reason}" if reason else ""
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"{operation.name}: {error!r}"
