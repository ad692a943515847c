/** An OpenTelemetry collector that keeps the spans it gets, by OTLP in JSON over HTTP. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { listen } from './listen.mjs';

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number };
}

interface Span {
  service: string | undefined;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Attribute[];
}

interface Export {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Omit<Span, 'service'>[] }[] }[];
}

export async function startCollector() {
  const spans: Span[] = [];
  const running = await listen(
    createServer((request, response) => {
      void json(request).then((body) => {
        if (request.url !== '/v1/traces') throw new Error(`nobody sends to ${request.url}`);
        for (const { resource, scopeSpans } of (body as Export).resourceSpans) {
          const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
          for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, service });
        }
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    }),
  );
  return { ...running, spans };
}
