"""A span for each SQL statement.

By hand: opentelemetry-instrumentation-sqlalchemy takes SQLAlchemy up to 2.0 only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

_tracer = trace.get_tracer("todo-backend.sql")


def trace_statements(engine: AsyncEngine) -> None:
    """Values are not part of a statement, so they are not part of its span."""
    event.listen(engine.sync_engine, "before_cursor_execute", _start)
    event.listen(engine.sync_engine, "after_cursor_execute", _end)
    event.listen(engine.sync_engine, "handle_error", _fail)


@contextmanager
def statement_span(statement: str) -> Iterator[None]:
    """The span of a statement that does not go through SQLAlchemy, from the block's begin to its end."""
    span = _begin(statement)
    try:
        yield
    except BaseException as error:
        _end_failed(span, error)
        raise
    span.end()


def _start(
    _connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    context.span = _begin(statement)


def _end(
    _connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    context.span.end()


def _fail(context: ExceptionContext) -> None:
    span = getattr(context.execution_context, "span", None)
    if span is not None:
        _end_failed(span, context.original_exception)


def _begin(statement: str) -> Span:
    attributes = {"db.system.name": "postgresql", "db.query.text": statement}
    name = statement.split(None, 1)[0] if statement.split() else "SQL"
    return _tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)


def _end_failed(span: Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__name__)
    span.set_status(StatusCode.ERROR)
    span.end()
