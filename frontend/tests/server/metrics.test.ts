/** /metrics: on a port of its own, with series that no client can multiply. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Metrics } from '../../server/metrics.mjs';
import { NOWHERE, startFrontend } from '../support/frontend';
import { listen } from '../support/listen.mjs';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(upstreams: { backend?: string; mcp?: string } = {}) {
  const metrics = new Metrics();
  const server = metrics.serve(0, (error) => {
    throw error;
  });
  await once(server, 'listening');
  const frontend = await startFrontend(upstreams, { metrics });
  open.push(frontend.close, () => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  return { url: frontend.url, text: async () => (await fetch(url)).text() };
}

test('requests are counted by the kind of their path, with their status', async () => {
  const backend = await listen(createServer((_request, response) => response.writeHead(404).end('{}')));
  open.push(backend.close);
  const { url, text } = await start({ backend: backend.url });
  for (const path of ['/api/me/tasks/1', '/api/me/tasks/2', '/made-up', '/health']) await (await fetch(url + path)).text();
  const count = 'todo_http_request_duration_seconds_count';
  const last = `${count}{method="GET",route="/health",status="200"} 1`;
  await vi.waitFor(async () => expect(await text()).toContain(last), 30_000);
  expect(await text()).toContain(`${count}{method="GET",route="/api",status="404"} 2`);
  expect(await text()).toContain(`${count}{method="GET",route="page",status="200"} 1`);
  expect(await text()).not.toContain('made-up');
  expect(await text()).toContain('process_resident_memory_bytes');
});

test('methods that are made up share a series', async () => {
  const { url, text } = await start();
  for (const method of ['PURGE', 'PROPFIND']) {
    const sent = request(url, { method }).end();
    await once(sent, 'response');
    sent.destroy();
  }
  const both = /_count\{method="other",route="page",status="\d+"\} 2/;
  await vi.waitFor(async () => expect(await text()).toMatch(both), 30_000);
  expect(await text()).not.toContain('PURGE');
});

test('an upstream that does not answer is counted by its name', async () => {
  const { url, text } = await start({ backend: NOWHERE });
  expect((await fetch(`${url}/api/me/tasks`)).status).toBe(502);
  expect(await text()).toContain('todo_upstream_failures_total{upstream="backend"} 1');
});

test('the docs list what is served', async () => {
  const { text } = await start();
  const served = [...(await text()).matchAll(/^# TYPE (todo_\w+) /gm)].map(([, name]) => name);
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/observability.md'), 'utf8');
  const listed = [...docs.matchAll(/^\| `(todo_\w+)[`{].*\| ([^|]+) \|$/gm)];
  expect(new Set(listed.filter(([, , services]) => services?.includes('frontend')).map(([, name]) => name))).toEqual(
    new Set(served),
  );
});

test('they are on no other port than their own', async () => {
  const { url } = await start();
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('<title>Todo</title>');
});
