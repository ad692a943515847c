"""Puts the application together from its settings."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from app import __version__, contract, health, logs, problems
from app.auth import routes as auth_routes
from app.auth import session_routes, token_routes
from app.auth.passwords import Passwords
from app.auth.tokens import Keyring
from app.body_limit import BodyLimit
from app.chat import history_routes, model_choice
from app.chat import routes as chat_routes
from app.chat.conversation import warm_up
from app.chat.turns import OpenTurns
from app.db import make_engine, make_sessions
from app.exporter import MeasureRequests, served
from app.metrics import Metrics
from app.rate_limits import RateLimits
from app.request_ids import RequestIds
from app.revision import current_revision
from app.schema_state import Migrations, Readiness
from app.settings import Settings
from app.statement_spans import trace_statements
from app.statements import Statements
from app.tasks import routes as task_routes
from app.tracing import exported, is_wanted

logger = logging.getLogger(__name__)

TELEMETRY: TelemetryConfig = {
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,  # app.tracing does, and keeps queries out
}
"""FastAPI's own: spans of requests, and nothing without a tracer provider."""


def create_app(settings: Settings) -> FastAPI:
    """Raises ConfigurationError; reaches for no other service until a request needs it."""
    logs.configure(settings.log_level, settings.log_format)
    keyring = Keyring.parse(settings.jwt_keys.get_secret_value())
    model_choice.check(settings)
    url = settings.sqlalchemy_url()
    engine = make_engine(
        url,
        pool_size=settings.database_pool_size,
        timeouts=settings.timeouts(),
        prepare=settings.prepare_statements,
    )
    probe_engine = make_engine(url, pool_size=1)
    if is_wanted():
        trace_statements(engine)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with exported("todo-backend"), served(app.state.metrics.registry, settings.metrics_port):
            async with model_choice.choose_models(settings, app.state.metrics) as models:
                app.state.models = models
                logger.info(
                    "backend %s, revision %s, answering with %s",
                    __version__,
                    app.state.revision,
                    models.first.name,
                )
                warming_up = asyncio.create_task(warm_up())
                yield
                warming_up.cancel()
                await app.state.open_turns.end()
        await engine.dispose()
        await probe_engine.dispose()

    # A redirect from a trailing slash would name this service as the proxy before it does: by an inside name.
    app = FastAPI(
        title="todo-stack",
        version=__version__,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry={**TELEMETRY, "exclude": lambda scope: scope["path"] in logs.PROBES},
    )
    metrics = Metrics()
    metrics.watch_pool(engine)
    app.state.metrics = metrics
    app.state.settings = settings
    app.state.keyring = keyring
    app.state.passwords = Passwords()
    metrics.watch_logins(app.state.passwords)
    app.state.sessions = make_sessions(engine)
    app.state.statements = Statements(engine)
    migrations = Migrations.read(allow_newer=settings.allow_newer_schema)
    app.state.readiness = Readiness(probe_engine, migrations)
    app.state.revision = current_revision()
    app.state.rate_limits = RateLimits(settings, metrics)
    app.state.open_turns = OpenTurns()
    app.add_middleware(BodyLimit)
    if settings.metrics_port is not None:
        app.add_middleware(MeasureRequests, durations=metrics.requests)
    app.add_middleware(RequestIds)
    problems.install(app)
    contract.install(app)
    # Looked through in this order for each request, so that with the most requests comes first.
    for module in (
        task_routes,
        health,
        auth_routes,
        session_routes,
        token_routes,
        chat_routes,
        history_routes,
    ):
        app.include_router(module.router)
    return app
