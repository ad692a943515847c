"""A span for each HTTP request, as a part of the trace that it brings.

By hand: the SDK takes a trace from the messages of its own clients only, and makes no span of a request.
"""

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PROBES = ("/health", "/ready")

_tracer = trace.get_tracer("todo-mcp-server.http")


class TraceRequests:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self.app(scope, receive, send)
            return
        context = propagate.extract(Headers(scope=scope))
        attributes = {"http.request.method": scope["method"], "url.path": scope["path"]}
        with _tracer.start_as_current_span(
            scope["method"], context, SpanKind.SERVER, attributes, record_exception=False
        ) as span:

            async def observe(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self.app(scope, receive, observe)
            route = getattr(scope.get("route"), "path", None)
            if route:
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
