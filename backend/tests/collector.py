"""An OpenTelemetry collector that keeps the spans it gets, by OTLP in protobuf over HTTP."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from servers import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Span:
    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]


@dataclass
class Collector:
    url: str = ""
    spans: list[Span] = field(default_factory=list)

    def of(self, service: str, name: str) -> list[Span]:
        return [span for span in self.spans if (span.service, span.name) == (service, name)]

    def ancestors(self, span: Span) -> list[tuple[str, str]]:
        """Service and name of each, the nearest first; one that was not sent is ("", "")."""
        found: list[tuple[str, str]] = []
        by_id = {each.id: each for each in self.spans}
        while span.parent:
            if span.parent not in by_id:
                return [*found, ("", "")]
            span = by_id[span.parent]
            found.append((span.service, span.name))
        return found

    async def take(self, request: Request) -> Response:
        data = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            data = gzip.decompress(data)
        for resource in ExportTraceServiceRequest.FromString(data).resource_spans:
            named = {each.key: each.value.string_value for each in resource.resource.attributes}
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                attributes = {each.key: each.value.string_value for each in span.attributes}
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                self.spans.append(Span(named["service.name"], span.name, *ids, attributes))
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type="application/x-protobuf")


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    with serving(Starlette(routes=[Route("/v1/traces", collector.take, methods=["POST"])])) as url:
        collector.url = url
        yield collector
