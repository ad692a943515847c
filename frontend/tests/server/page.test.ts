import { request } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPage } from '../../server/page.mjs';
import { startFrontend } from '../support/frontend';

let frontend: Awaited<ReturnType<typeof startFrontend>>;
beforeAll(async () => {
  frontend = await startFrontend();
});
afterAll(() => frontend.close());

/** Sends the path as it is: fetch would tidy it up first. */
function getRaw(path: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(frontend.url);
    request({ hostname, port, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });
}

test('the page is always asked for again, and cheap when it has not changed', async () => {
  const first = await fetch(frontend.url);
  expect(await first.text()).toContain('<title>Todo</title>');
  expect(first.headers.get('cache-control')).toBe('no-cache');
  const again = await fetch(frontend.url, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
});

test('files whose name carries their hash are kept for good, and sent compressed', async () => {
  const response = await fetch(`${frontend.url}/assets/index-abc123.js`);
  expect(await response.text()).toContain('a page');
  expect(response.headers.get('cache-control')).toContain('immutable');
  expect(response.headers.get('content-encoding')).toBe('gzip');
  expect(response.headers.get('content-type')).toContain('text/javascript');
});

test.each([
  ['gzip;q=0', null],
  ['br, gzip;q=0.0', null],
  ['br;q=0, GZIP;q=0.5', 'gzip'],
  ['identity', null],
])('“%s” is taken at its word', async (accepted, encoding) => {
  const response = await fetch(`${frontend.url}/assets/index-abc123.js`, { headers: { 'accept-encoding': accepted } });
  expect(response.headers.get('content-encoding')).toBe(encoding);
  expect(await response.text()).toContain('a page');
});

test('an address of the page’s own gets the page; a missing file is never answered with it', async () => {
  expect(await (await fetch(`${frontend.url}/somewhere/deep`)).text()).toContain('<title>Todo</title>');
  for (const path of ['/assets/index-gone.js', '/favicon.png']) {
    const response = await fetch(frontend.url + path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('a file that only pods of another release have is found behind the same address', async () => {
  const dist = { 'index.html': '<!doctype html>', 'assets/index-def456.js': 'console.log("another page");' };
  const next = await startFrontend({}, {}, dist);
  let connections = 0;
  // As a Service does it: each connection leads to one of the pods.
  const service = createServer((client) => {
    const pod = connect(Number(new URL([frontend, next][connections++ % 2]!.url).port));
    client.pipe(pod).pipe(client);
    for (const [one, other] of [[client, pod], [pod, client]] as const) one.on('error', () => other.destroy());
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/assets/index-def456.js`);
  expect(await response.text()).toContain('another page');
  expect(connections).toBe(2);
  await next.close();
  await new Promise((resolve) => service.close(resolve));
});

test('MCP clients that look for an OAuth server learn in JSON that there is none', async () => {
  for (const path of ['oauth-protected-resource/mcp', 'oauth-authorization-server', 'openid-configuration']) {
    const response = await fetch(`${frontend.url}/.well-known/${path}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  }
});

test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/assets/..%5c..%5csecret.txt', '//etc/passwd'])(
  '%s leads to no file outside the page',
  async (path) => {
    expect((await getRaw(path)).text).not.toMatch(/not for everyone|root:/);
  },
);

test('a request that is not for a path is refused', async () => {
  expect((await getRaw('http://example.org/')).status).toBe(400);
});

test('only reading is possible', async () => {
  const response = await fetch(frontend.url, { method: 'POST', body: 'x' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
});

test('the page may run its own scripts only, and nobody may frame it', async () => {
  const policy = (await fetch(frontend.url)).headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|http/);
});

test('health tells the revision; readiness ends with the drain while health goes on', async () => {
  const health = { status: 'ok', service: 'frontend', version: '0.1.0', revision: 'abcdef012345' };
  expect(await (await fetch(`${frontend.url}/health`)).json()).toEqual(health);
  expect((await fetch(`${frontend.url}/ready`)).status).toBe(200);
  frontend.state.stopping = true;
  expect((await fetch(`${frontend.url}/ready`)).status).toBe(503);
  expect((await fetch(`${frontend.url}/health`)).status).toBe(200);
  frontend.state.stopping = false;
});

test('without a built page the server says what to run', async () => {
  await expect(loadPage('/nonexistent')).rejects.toThrow('run npm run build first');
});
