"""Prometheus metrics: rate, errors and duration by route template, and what the assistant did."""

from time import perf_counter

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

router = APIRouter()


class Metrics:
    """The series of one application; each has its own registry, so that two can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Histogram(
            "todo_http_request_duration_seconds",
            "Time from request to the end of its response.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.chat_turns = Counter(
            "todo_chat_turns_total",
            "Chat turns by who answered and how they ended.",
            ["by", "outcome"],
            registry=self.registry,
        )
        self.tool_calls = Counter(
            "todo_chat_tool_calls_total",
            "MCP tool calls made by the assistant.",
            ["tool", "ok"],
            registry=self.registry,
        )
        self.rate_limited = Counter(
            "todo_rate_limited_total",
            "Requests refused by a rate limit.",
            ["limit"],
            registry=self.registry,
        )


class MetricsMiddleware:
    """Observes each HTTP request under the template of the route that served it, never its raw path."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

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
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.requests.labels(scope["method"], route, status).observe(perf_counter() - started)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
