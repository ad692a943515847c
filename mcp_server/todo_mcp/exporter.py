"""Measures HTTP requests for Prometheus, and serves all metrics on a port of their own.

The other Python service has the same file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Thread
from time import perf_counter

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.exposition import MetricsHandler
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# They are a second series for each, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no annotations

METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
"""Whatever else a client sends is `other`: each value of a label is a series that stays in memory."""


def new_registry() -> CollectorRegistry:
    """With the series of the process itself; each application has its own, so that two fit into a process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def request_durations(registry: CollectorRegistry) -> Histogram:
    return Histogram(
        "todo_http_request_duration_seconds",
        "Time from request to the end of its response.",
        ["method", "route", "status"],
        registry=registry,
    )


class MeasureRequests:
    """Observes each HTTP request under the template of the route that served it, never its raw path."""

    def __init__(self, app: ASGIApp, durations: Histogram) -> None:
        self.app = app
        self.durations = durations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        started = perf_counter()

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, observe)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = getattr(scope.get("route"), "path", "none")
            self.durations.labels(method, route, status).observe(perf_counter() - started)


@contextmanager
def served(registry: CollectorRegistry, port: int | None) -> Iterator[None]:
    """While the block runs, `/metrics` is answered on the port; without a port nothing is served.

    By a thread, so that a busy event loop is seen and not waited for. A port of its own, as network policies
    and Services tell ports apart but not paths.
    """
    if port is None:
        yield
        return
    with _Server(("", port), MetricsHandler.factory(registry)) as server:
        thread = Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()


class _Server(ThreadingHTTPServer):
    # In development a new process begins to serve before the one before it ends.
    allow_reuse_port = True
