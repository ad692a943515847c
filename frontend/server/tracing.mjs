/** Spans of the requests that are passed on, sent by OTLP over HTTP; loaded only where that is wanted. */
import {
  defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource, detectResources, envDetector, resourceFromAttributes, serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** How long the end of the process waits for spans to be sent, in milliseconds. */
const FLUSH_TIMEOUT = 2000;

export class Tracing {
  #provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'todo-frontend' }))
      .merge(detectResources({ detectors: [envDetector, serviceNameEnvDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  #tracer = this.#provider.getTracer('todo-frontend');
  #propagator = new W3CTraceContextPropagator();

  /**
   * A span of a request, as a part of the trace that it brings, and the headers that tell an upstream of it.
   * @param {import('node:http').IncomingMessage} request
   * @param {string} route the kind of its path; neither path nor query are told, which may hold what a user searches for
   */
  start(request, route) {
    const method = request.method ?? 'GET';
    const parent = this.#propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const attributes = { 'http.request.method': method, 'http.route': route };
    const span = this.#tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    /** @type {Record<string, string>} */
    const headers = {};
    this.#propagator.inject(trace.setSpan(parent, span), headers, defaultTextMapSetter);
    const end = (/** @type {number} */ status) => {
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    };
    return { headers, end };
  }

  /** Sends what is left, if the collector answers in time. */
  async close() {
    await Promise.race([
      this.#provider.shutdown().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, FLUSH_TIMEOUT).unref()),
    ]);
  }
}
