import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { connect } from '../../server/connect.mjs';
import { deferred } from '../support/deferred';
import { NOWHERE, startFrontend } from '../support/frontend';
import { listen } from '../support/listen.mjs';

const open: { close: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(upstream: (request: IncomingMessage, response: ServerResponse) => void) {
  const target = await listen(createServer(upstream));
  open.push(target);
  const frontend = await startFrontend({ backend: target.url, mcp: `${target.url}/base/mcp` });
  open.push(frontend);
  return { target, frontend };
}

/** Answers with what arrived. */
const echo = (request: IncomingMessage, response: ServerResponse) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    response.setHeader('content-type', 'application/json').setHeader('x-total-count', '7');
    response.end(JSON.stringify({ method, url, headers, body }));
  });
};

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}

test('a call to the API arrives whole, under the name of the backend', async () => {
  const { target, frontend } = await start(echo);
  const response = await fetch(`${frontend.url}/api/me/tasks?status=all&q=%C3%A9`, {
    method: 'POST',
    headers: { authorization: 'Bearer abc', 'x-request-id': 'r-1' },
    body: 'é'.repeat(100_000),
  });
  const seen = (await response.json()) as Echo;
  expect([seen.method, seen.url]).toEqual(['POST', '/api/me/tasks?status=all&q=%C3%A9']);
  expect(seen.body).toHaveLength(100_000);
  expect(seen.headers).toMatchObject({
    host: new URL(target.url).host,
    authorization: 'Bearer abc',
    'x-request-id': 'r-1',
    'x-forwarded-host': new URL(frontend.url).host,
    'x-forwarded-proto': 'http',
  });
  expect(response.headers.get('x-total-count')).toBe('7');
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('a body of unknown length arrives whole, also with DELETE', async () => {
  const { frontend } = await start(echo);
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('in '));
      controller.enqueue(new TextEncoder().encode('parts'));
      controller.close();
    },
  });
  const options: RequestInit & { duplex: 'half' } = { method: 'DELETE', body, duplex: 'half' };
  expect(((await (await fetch(`${frontend.url}/api/x`, options)).json()) as Echo).body).toBe('in parts');
});

test.each([
  ['/mcp', '/base/mcp'],
  ['/mcp/', '/base/mcp/'],
  ['/mcp?a=b', '/base/mcp?a=b'],
])('%s goes to the MCP endpoint as %s', async (path, expected) => {
  const { frontend } = await start(echo);
  expect(((await (await fetch(frontend.url + path)).json()) as Echo).url).toBe(expected);
});

test.each(['/api/../metrics', '/api/%2e%2e/metrics', '/apix', '/mcpx'])('%s never reaches an upstream', async (path) => {
  const { frontend } = await start(echo);
  expect(await (await fetch(frontend.url + path)).text()).toContain('<title>Todo</title>');
});

test('an event arrives before the stream has ended', async () => {
  let finish = () => {};
  const { frontend } = await start((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: one\n\n');
    finish = () => response.end('data: two\n\n');
  });
  const response = await fetch(`${frontend.url}/api/me/chat/stream`, { headers: { 'accept-encoding': 'gzip, br' } });
  expect(response.headers.get('content-encoding')).toBeNull();
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe('data: one\n\n');
  finish();
  expect((await reader.read()).value).toBe('data: two\n\n');
  expect((await reader.read()).done).toBe(true);
});

test('when the client goes away the upstream is told', async () => {
  const closed = deferred<void>();
  const { frontend } = await start((_request, response) => {
    response.once('close', () => closed.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: one\n\n');
  });
  const client = new AbortController();
  await fetch(`${frontend.url}/api/me/chat/stream`, { signal: client.signal });
  client.abort();
  await closed.promise;
});

test('an upstream that is down is a 502 with a sentence, and its address stays in the log', async () => {
  const frontend = await startFrontend({ backend: NOWHERE });
  open.push(frontend);
  const response = await fetch(`${frontend.url}/api/me/tasks`);
  expect(response.status).toBe(502);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toEqual({
    type: 'about:blank',
    title: 'Bad Gateway',
    status: 502,
    detail: 'The backend cannot be reached right now. Try again in a moment.',
  });
  expect(frontend.logged[0]).toMatchObject({ fields: { upstream: '127.0.0.1:1', error: 'ECONNREFUSED' } });
});

test('an upstream that hangs up before it answers is a 502', async () => {
  const { frontend } = await start((request) => request.socket.destroy());
  const response = await fetch(`${frontend.url}/mcp`, { method: 'POST', body: '{}' });
  expect(response.status).toBe(502);
  expect(((await response.json()) as { detail: string }).detail).toContain('The MCP server closed the connection');
});

test('an answer cut short is not passed off as a whole one', async () => {
  const { frontend } = await start((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
  });
  const response = await fetch(`${frontend.url}/api/x`);
  await expect(response.text()).rejects.toThrow();
});

test('a connection refused during a rollout is tried again', async () => {
  const target = await listen(createServer(echo));
  await target.close();
  const url = new URL(target.url);
  const connecting = connect(url, new AbortController().signal);
  // The first attempt is refused within this turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  target.server.listen(Number(url.port), url.hostname);
  await once(target.server, 'listening');
  open.push(target);
  (await connecting).destroy();
});
