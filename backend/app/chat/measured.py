"""A model and tools that are timed for the metrics. Replies of a model have spans, as the SDK gives tools."""

from collections.abc import Sequence
from time import perf_counter

from opentelemetry import trace
from opentelemetry.trace import SpanKind

from app.chat.protocol import Hear, Model, Reply, ToolCall, ToolOutcome, Tools, ToolSpec, Turn
from app.errors import Unavailable, UpstreamRefused
from app.metrics import Metrics

_tracer = trace.get_tracer("todo-backend.model")


class MeasuredModel:
    def __init__(self, model: Model, metrics: Metrics) -> None:
        self.name = model.name
        self._model = model
        self._replies = metrics.model_replies
        self._attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": self.name}

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        started = perf_counter()
        outcome = "stopped"  # the reader went, or the turn's time is over
        try:
            with _tracer.start_as_current_span(
                f"chat {self.name}", kind=SpanKind.CLIENT, attributes=self._attributes, record_exception=False
            ):
                reply = await self._model.complete(turns, tools, hear)
            outcome = "answered"
            return reply
        except Unavailable:
            outcome = "unavailable"
            raise
        except UpstreamRefused:
            outcome = "refused"
            raise
        finally:
            self._replies.labels(outcome).observe(perf_counter() - started)


class MeasuredTools:
    def __init__(self, tools: Tools, metrics: Metrics) -> None:
        self.specs = tools.specs
        self._tools = tools
        self._calls = metrics.tool_calls
        self._known = {spec.name for spec in tools.specs}

    async def call(self, call: ToolCall, key: str | None = None) -> ToolOutcome:
        started = perf_counter()
        ok = False
        try:
            outcome = await self._tools.call(call, key)
            ok = outcome.ok
            return outcome
        finally:
            tool = call.name if call.name in self._known else "other"
            self._calls.labels(tool, str(ok).lower()).observe(perf_counter() - started)
