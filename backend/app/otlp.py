"""Sends spans by OTLP over HTTP; loaded only where that is wanted.

The other Python service has the same file.
"""

import os
from collections.abc import Callable
from threading import Thread

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

FLUSH_SECONDS = 2
"""The end of the process waits for the last spans for so long, as a collector may be away."""


class _WithoutQueries(SpanProcessor):
    """A query may hold what a user searches for, which logs do not tell either."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if span.attributes and "url.query" in span.attributes:
            span.set_attribute("url.query", "REDACTED")


def start(service: str) -> Callable[[], None]:
    """Set up the traces of this process by the environment. Returns what sends the last spans."""
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    batches = BatchSpanProcessor(OTLPSpanExporter())
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    provider.add_span_processor(_WithoutQueries())
    provider.add_span_processor(batches)
    trace.set_tracer_provider(provider)

    def finish() -> None:
        # The processor's own timeout is not one.
        flushing = Thread(target=batches.shutdown, daemon=True)
        flushing.start()
        flushing.join(FLUSH_SECONDS)

    return finish
