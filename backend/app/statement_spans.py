"""A span for each SQL statement.

By hand: opentelemetry-instrumentation-sqlalchemy takes SQLAlchemy up to 2.0 only.
"""

from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

_tracer = trace.get_tracer("todo-backend.sql")


def trace_statements(engine: AsyncEngine) -> None:
    """Values are not part of a statement, so they are not part of its span."""
    event.listen(engine.sync_engine, "before_cursor_execute", _start)
    event.listen(engine.sync_engine, "after_cursor_execute", _end)
    event.listen(engine.sync_engine, "handle_error", _fail)


def _start(
    _connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    attributes = {"db.system.name": "postgresql", "db.query.text": statement}
    name = statement.split(None, 1)[0] if statement.split() else "SQL"
    context.span = _tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)


def _end(
    _connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    context.span.end()


def _fail(context: ExceptionContext) -> None:
    span = getattr(context.execution_context, "span", None)
    if span is not None:
        span.set_attribute("error.type", type(context.original_exception).__name__)
        span.set_status(StatusCode.ERROR)
        span.end()
