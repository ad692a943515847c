import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectSocket, createServer as createNetServer, type AddressInfo } from 'node:net';
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

test('a request has one id, in what is passed on and in the answer, of its own where it brings none that can be used', async () => {
  const { frontend } = await start(echo);
  for (const brought of ['r-1', '', 'two words', 'x'.repeat(65)]) {
    const response = await fetch(`${frontend.url}/api/x`, { headers: { 'x-request-id': brought } });
    const id = response.headers.get('x-request-id');
    expect(((await response.json()) as Echo).headers['x-request-id']).toBe(id);
    if (brought === 'r-1') expect(id).toBe(brought);
    else expect(id).toMatch(/^[\w-]{36}$/);
  }
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

/** An upstream that says whether it wants a body before it is sent. */
async function startAsked(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer();
  server.on('checkContinue', answer);
  const target = await listen(server);
  const frontend = await startFrontend({ backend: target.url });
  open.push(target, frontend);
  return `${frontend.url}/api/x`;
}

test('a large body that the upstream refuses is not sent, and the refusal arrives', async () => {
  let received = 0;
  const url = await startAsked((request, response) => {
    request.on('data', (chunk: Buffer) => (received += chunk.length));
    // As servers do that will not read what comes.
    response.writeHead(413, { connection: 'close' }).end('too large', () => request.socket.destroy());
  });
  const response = await fetch(url, { method: 'POST', body: 'x'.repeat(5_000_000) });
  expect([response.status, await response.text()]).toEqual([413, 'too large']);
  expect(received).toBe(0);
});

test('a large body that the upstream wants is sent whole', async () => {
  const url = await startAsked((request, response) => {
    response.writeContinue();
    echo(request, response);
  });
  const response = await fetch(url, { method: 'POST', body: 'x'.repeat(5_000_000) });
  expect(((await response.json()) as Echo).body).toHaveLength(5_000_000);
});

test('a large body is sent to an upstream that does not say whether it wants it', async () => {
  const server = createNetServer((socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      if (text.endsWith('the end')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  const frontend = await startFrontend({ backend: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  open.push(frontend);
  const response = await fetch(`${frontend.url}/api/x`, { method: 'POST', body: `${'x'.repeat(100_000)}the end` });
  expect(await response.text()).toBe('ok');
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

/** An upstream that ends the first connection when it has read the request, as a process does that is killed. */
async function startFailingOnce(options?: { retries: number }) {
  const requests: string[] = [];
  const target = await listen(createServer((request, response) => {
    requests.push(request.method ?? '');
    if (requests.length === 1) request.socket.destroy();
    else echo(request, response);
  }));
  open.push(target);
  const frontend = await startFrontend({ backend: target.url }, options);
  open.push(frontend);
  return { requests, url: `${frontend.url}/api/x` };
}

test.each(['GET', 'DELETE'])('a %s is sent again if its connection ended without an answer', async (method) => {
  const { requests, url } = await startFailingOnce();
  expect((await fetch(url, { method })).status).toBe(200);
  expect(requests).toEqual([method, method]);
});

test('without the retry it is lost', async () => {
  const { requests, url } = await startFailingOnce({ retries: 0 });
  expect((await fetch(url)).status).toBe(502);
  expect(requests).toEqual(['GET']);
});

test.each([
  ['POST', undefined],
  ['POST', '{}'],
  ['PATCH', '{}'],
  ['PUT', 'a body that has been read'],
])('a %s with the body %j is never sent again', async (method, body) => {
  const { requests, url } = await startFailingOnce();
  const response = await fetch(url, { method, ...(body && { body }) });
  expect(response.status).toBe(502);
  expect(requests).toEqual([method]);
});

test('an upstream that does not begin to answer in time is a 504 with a sentence, and its connection is closed', async () => {
  const closed = deferred<void>();
  const target = await listen(createServer((request) => request.socket.once('close', () => closed.resolve())));
  open.push(target);
  const frontend = await startFrontend({ backend: target.url }, { timeout: 20 });
  open.push(frontend);
  const response = await fetch(`${frontend.url}/api/x`);
  expect(response.status).toBe(504);
  expect(((await response.json()) as { detail: string }).detail).toContain('The backend took too long to answer');
  await closed.promise;
});

/** Sends these bytes, and resolves to all that comes back. */
async function sendRaw(url: string, text: string) {
  const { hostname, port } = new URL(url);
  const socket = connectSocket({ host: hostname, port: Number(port) });
  socket.write(text);
  let received = '';
  for await (const chunk of socket.setEncoding('utf8')) received += String(chunk);
  return received;
}

const HIDDEN = 'GET /api/hidden HTTP/1.1\r\nhost: x\r\n\r\n';

test.each(['DELETE', 'GET', 'POST'])('a %s whose client disowns the length of its body brings no second request', async (method) => {
  const { frontend } = await start(echo);
  const head = `${method} /api/x HTTP/1.1\r\nhost: x\r\nconnection: close, content-length\r\ncontent-length: ${HIDDEN.length}`;
  const answer = await sendRaw(frontend.url, `${head}\r\n\r\n${HIDDEN}`);
  expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  const seen = JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? '') as Echo;
  expect([seen.method, seen.url, seen.body]).toEqual([method, '/api/x', HIDDEN]);
});

test.each([
  ['two ends', 'content-length: 5\r\ntransfer-encoding: chunked'],
  ['two lengths', 'content-length: 5\r\ncontent-length: 6'],
  ['a length that is none', 'content-length: +5'],
  ['an unknown coding', 'transfer-encoding: gzip'],
  ['a field with a space', 'transfer-encoding : chunked'],
])('a body with %s is refused before any upstream sees it', async (_what, fields) => {
  const reached: string[] = [];
  const { frontend } = await start((request, response) => {
    reached.push(request.url ?? '');
    response.end();
  });
  const answer = await sendRaw(frontend.url, `POST /api/x HTTP/1.1\r\nhost: x\r\n${fields}\r\n\r\n0\r\n\r\n${HIDDEN}`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(reached).toEqual([]);
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

test('a connection that is closed before the request was sent is opened again, also for a POST', async () => {
  // The worker accepts and closes one connection while this thread stands still: so the end is there before it looks.
  const state = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(CLOSES_FIRST_CONNECTION, { eval: true, workerData: state });
  open.push({ close: () => worker.terminate() });
  const [port] = (await once(worker, 'message')) as [number];
  const connecting = connect(new URL(`http://127.0.0.1:${port}`), new AbortController().signal);
  // Node begins to connect in its next tick.
  await new Promise((resolve) => process.nextTick(resolve));
  expect(Atomics.wait(state, 0, 0, 30_000)).not.toBe('timed-out');
  const socket = await connecting;
  socket.end('POST');
  const [connections] = (await once(worker, 'message')) as [number];
  expect(connections).toBe(2);
});

const CLOSES_FIRST_CONNECTION = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    if (connections > 1) {
      socket.on('data', () => parentPort.postMessage(connections));
      return;
    }
    socket.destroy();
    socket.once('close', () => {
      Atomics.store(workerData, 0, 1);
      Atomics.notify(workerData, 0);
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;
