"""The ASGI application, and the server process around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from mcp.server.auth.settings import AuthSettings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from todo_mcp import __version__, drain, logs, probes, revision
from todo_mcp.api import Api
from todo_mcp.auth import BackendVerifier, UnavailableAs503
from todo_mcp.exporter import MeasureRequests, served
from todo_mcp.hosts import transport_security
from todo_mcp.http import WithoutResumption, problem
from todo_mcp.http_spans import TraceRequests
from todo_mcp.metrics import Metrics
from todo_mcp.request_ids import RequestIds
from todo_mcp.server import TodoServer
from todo_mcp.settings import Settings, load
from todo_mcp.tools import make_tools
from todo_mcp.tracing import exported, is_wanted

INSTRUCTIONS = (
    "Manage the signed-in user's todo list. Tasks are known by number: when the user names a task by its "
    "title, call search_tasks or list_tasks to find the number, and ask the user if several tasks fit."
)
BODY_LIMIT = 256 * 1024


def create_app(settings: Settings) -> Starlette:
    """Streamable HTTP at /mcp, without sessions (any replica can answer any request), plus the probes."""
    logs.configure(settings.log_level, settings.log_format)
    api = Api.at(str(settings.api_url))
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(_server: MCPServer[Any]) -> AsyncIterator[None]:
        try:
            with exported("todo-mcp-server"), served(metrics.registry, settings.metrics_port):
                yield
        finally:
            await api.close()

    server = TodoServer(
        tools=make_tools(api),
        metrics=metrics,
        title="Todo",
        version=__version__,
        instructions=INSTRUCTIONS,
        lifespan=lifespan,
        token_verifier=BackendVerifier(api),
        # No resource_server_url: its metadata would send clients to an OAuth server, and the backend is none.
        auth=AuthSettings(issuer_url=settings.api_url, resource_server_url=None),
    )
    app = server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        transport_security=transport_security(settings.allowed_hosts),
        max_request_body_size=BODY_LIMIT,
    )
    app.router.routes.extend(probes.routes(revision.current()))
    # A redirect from a trailing slash would name this service by its host name within the cluster.
    app.router.redirect_slashes = False
    app.add_exception_handler(HTTPException, problem)
    app.add_middleware(UnavailableAs503)
    app.add_middleware(WithoutResumption)
    # The last one added is the first to see a request.
    if is_wanted():
        app.add_middleware(TraceRequests)
    if settings.metrics_port is not None:
        app.add_middleware(MeasureRequests, durations=metrics.requests)
    app.add_middleware(RequestIds)
    return app


app = create_app(load())


def main() -> None:
    """Serve on PORT until SIGTERM, then until the requests under way have ended."""
    settings = load()
    drain.run(app, settings.port, settings.unready_seconds)
