/** The server as it runs in a container: a process, its signals and, in development, its file watching. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync,
  utimesSync, writeFileSync } from 'node:fs';
import { createServer, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { currentRevision, SOURCE_ROOTS } from '../../server/revision.mjs';
import { startCollector } from '../support/collector';
import { deferred } from '../support/deferred';
import { keepConnection } from '../support/keptConnection';
import { listen } from '../support/listen.mjs';

const DEADLINE = { timeout: 30_000, interval: 50 };

let directory: string;
const children: { child: ChildProcess; exited: Promise<unknown> }[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'frontend-process-'));
  for (const path of [...SOURCE_ROOTS, 'package.json', 'tsconfig.json']) {
    cpSync(join(import.meta.dirname, '../..', path), join(directory, path), { recursive: true });
  }
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(directory, 'node_modules'));
  mkdirSync(join(directory, 'dist'));
  writeFileSync(join(directory, 'dist/index.html'), '<title>Built</title>');
});
afterEach(async () => {
  // SIGKILL last: dev.mjs has a child to end. A test that failed may have left one that drains for minutes.
  for (const { child, exited } of children.splice(0)) {
    child.kill('SIGTERM');
    const waited = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await exited;
    clearTimeout(waited);
  }
  rmSync(directory, { recursive: true });
});

async function start(args: string[], env: Record<string, string> = {}) {
  // A temporary directory of its own, as in a container: Vite's cache is not shared between tests.
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { PATH: process.env['PATH'], PORT: '0', TMPDIR: directory, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  children.push({ child, exited });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const port = /"message":"ready","port":(\d+)/.exec(line)?.[1];
    child.stdout.resume();
    if (port) return { child, exited, lines, url: `http://127.0.0.1:${port}` };
    if (line.includes('cannot start')) throw new Error(line);
  }
  throw new Error('the server ended before it was ready');
}

async function revisionAt(url: string) {
  return ((await (await fetch(`${url}/health`)).json()) as { revision: string }).revision;
}

test('after SIGTERM the process is unready, then it drains, and a stream goes on to its end', async () => {
  const arrived = deferred<ServerResponse>();
  const backend = await listen(createServer((_request, response) => arrived.resolve(response)));
  const env = { TODO_BACKEND_URL: backend.url, TODO_UNREADY_SECONDS: '600' };
  const { child, exited, url } = await start(['server/main.mjs'], env);
  expect(await (await fetch(url)).text()).toBe('<title>Built</title>');

  const answer = fetch(`${url}/api/stream`);
  const pending = await arrived.promise;
  pending.write('begun, ');
  const status = async (path: string) => {
    const { status } = await fetch(url + path, { headers: { connection: 'close' } });
    return status;
  };
  expect(await status('/ready')).toBe(200);
  child.kill('SIGTERM');
  await vi.waitFor(async () => expect(await status('/ready')).toBe(503), DEADLINE);
  expect(await status('/health')).toBe(200);
  // The second signal does not wait any longer.
  child.kill('SIGTERM');
  await vi.waitFor(() => expect(keepConnection(url)).rejects.toThrow('ECONNREFUSED'), DEADLINE);
  pending.end('done');
  expect(await (await answer).text()).toBe('begun, done');
  expect(await exited).toEqual([0, null]);
  await backend.close();
});

test('a request that crosses SIGTERM on a kept connection is answered, and so is the first one on a new one', async () => {
  const { child, exited, url } = await start(['server/main.mjs']);
  const [kept, fresh] = [await keepConnection(url), await keepConnection(url)];
  expect(await kept.ask('/health')).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*connection: keep-alive/i);
  child.kill('SIGTERM');
  await vi.waitFor(() => expect(keepConnection(url)).rejects.toThrow('ECONNREFUSED'), DEADLINE);
  for (const connection of [kept, fresh]) {
    expect(await connection.ask('/health')).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*connection: close/i);
    await connection.ended;
  }
  expect(await exited).toEqual([0, null]);
});

test('the built server needs no packages beside it, and sends metrics and traces where its settings say', async () => {
  const vite = join(directory, 'node_modules/vite/bin/vite.js');
  const build = spawn(process.execPath, [vite, 'build', '--ssr', 'server/main.mjs', '--outDir', 'dist-server'], {
    cwd: directory,
  });
  expect(await once(build, 'exit')).toEqual([0, null]);
  rmSync(join(directory, 'node_modules'));
  rmSync(join(directory, 'server'), { recursive: true });
  const port = await freePort();
  const brought: (string | undefined)[] = [];
  const backend = await listen(
    createServer((request, response) => {
      brought.push(request.headers['traceparent']?.toString());
      response.end('[]');
    }),
  );
  const collector = await startCollector();
  const { child, exited, lines, url } = await start(['dist-server/main.mjs'], {
    TODO_METRICS_PORT: String(port),
    TODO_BACKEND_URL: backend.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(['ready']);
  await (await fetch(`${url}/health`)).text();
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await vi.waitFor(async () => expect(await metrics()).toContain('route="/health"'), DEADLINE);

  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const headers = { traceparent, connection: 'close' };
  await (await fetch(`${url}/api/me/tasks?q=private`, { headers })).text();
  child.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
  const [span, ...others] = collector.spans;
  expect(others).toEqual([]);
  const expected = { service: 'todo-frontend', traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16) };
  expect(span).toMatchObject({ ...expected, name: 'GET /api' });
  expect(brought).toEqual([`00-${span?.traceId}-${span?.spanId}-01`]);
  expect(JSON.stringify(span)).not.toContain('private');
  await Promise.all([backend.close(), collector.close()]);
});

test('without an endpoint nothing of a trace is added, and what a request brings is passed on', async () => {
  const brought: (string | undefined)[] = [];
  const backend = await listen(
    createServer((request, response) => {
      brought.push(request.headers['traceparent']?.toString());
      response.end('[]');
    }),
  );
  const { url } = await start(['server/main.mjs'], { TODO_BACKEND_URL: backend.url, TODO_UNREADY_SECONDS: '0' });
  const connection = { connection: 'close' };
  await (await fetch(`${url}/api/me/tasks`, { headers: connection })).text();
  await (await fetch(`${url}/api/me/tasks`, { headers: { ...connection, traceparent: 'theirs' } })).text();
  expect(brought).toEqual([undefined, 'theirs']);
  await backend.close();
});

test('in development a saved file is served, and then the revision says so', async () => {
  const { child, exited, url } = await start(['server/main.mjs', '--dev']);
  expect(await revisionAt(url)).toBe(currentRevision(directory));

  const page = await (await fetch(url)).text();
  expect(page).toContain('/@vite/client');
  expect(await (await fetch(`${url}/src/App.tsx`)).text()).not.toContain('a marker');

  appendFileSync(join(directory, 'src/App.tsx'), '\nexport const marker = "a marker";\n');
  const expected = currentRevision(directory);
  await vi.waitFor(async () => expect(await revisionAt(url)).toBe(expected), DEADLINE);
  // Without waiting: equal revisions promise this.
  expect(await (await fetch(`${url}/src/App.tsx`)).text()).toContain('a marker');

  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('in development a save that leaves the modification time as it was is served too', async () => {
  const { url } = await start(['server/main.mjs', '--dev']);
  const file = join(directory, 'src/App.tsx');
  for (const marker of ['first', 'second', 'third']) {
    // As tar does it: the old file goes, the new one has whole seconds.
    const content = `${readFileSync(file, 'utf8')}\nexport const ${marker} = true;\n`;
    rmSync(file);
    writeFileSync(file, content);
    utimesSync(file, 1_700_000_000, 1_700_000_000);
    const expected = currentRevision(directory);
    await vi.waitFor(async () => expect(await revisionAt(url)).toBe(expected), DEADLINE);
    expect(await (await fetch(`${url}/src/App.tsx`)).text()).toContain(marker);
  }
});

test('in development a link is served when it is made, led elsewhere and removed, and so is what it leads to', async () => {
  const { url } = await start(['server/main.mjs', '--dev']);
  const module = async () => (await fetch(`${url}/src/uses.ts`)).text();
  const served = async () => {
    const expected = currentRevision(directory);
    await vi.waitFor(async () => expect(await revisionAt(url)).toBe(expected), DEADLINE);
  };
  const link = (target: string, path: string) => {
    rmSync(join(directory, path), { force: true });
    symlinkSync(target, join(directory, path));
  };
  mkdirSync(join(directory, 'src/one'));
  mkdirSync(join(directory, 'src/two'));
  writeFileSync(join(directory, 'src/one/value.ts'), 'export const value = 1;');
  writeFileSync(join(directory, 'src/two/value.ts'), 'export const value = 2;');
  writeFileSync(join(directory, 'src/uses.ts'), "export { value } from './linked/value';");
  link('one', 'src/linked');
  await served();
  expect(await module()).toContain('/src/one/value.ts');

  appendFileSync(join(directory, 'src/one/value.ts'), '\nexport const edited = true;');
  await served();
  expect(await (await fetch(`${url}/src/one/value.ts`)).text()).toContain('edited');

  link('two', 'src/linked');
  await served();
  expect(await module()).toContain('/src/two/value.ts');

  rmSync(join(directory, 'src/linked'));
  await served();
  expect(await module()).not.toContain('/value.ts"');
});

test('in development a module that does not compile is answered with an error until it does', async () => {
  const { url } = await start(['server/main.mjs', '--dev']);
  const status = async (path: string) => (await fetch(`${url}${path}`, { headers: { accept: '*/*' } })).status;
  writeFileSync(join(directory, 'src/broken.ts'), 'export const broken = (;');
  expect(await status('/src/broken.ts')).toBe(500);
  writeFileSync(join(directory, 'src/broken.ts'), 'export const broken = 1;');
  await vi.waitFor(async () => expect(await status('/src/broken.ts')).toBe(200), DEADLINE);
});

test('in development what imports a file that has gone is answered with an error until it is back', async () => {
  const { url } = await start(['server/main.mjs', '--dev']);
  const status = async (path: string) => (await fetch(`${url}${path}`, { headers: { accept: '*/*' } })).status;
  const served = async () => {
    const expected = currentRevision(directory);
    await vi.waitFor(async () => expect(await revisionAt(url)).toBe(expected), DEADLINE);
  };
  const file = join(directory, 'src/value.ts');
  writeFileSync(file, 'export const value = 1;');
  writeFileSync(join(directory, 'src/uses.ts'), "export { value } from './value';");
  await served();
  expect(await status('/src/uses.ts')).toBe(200);
  renameSync(file, join(directory, 'src/renamed.ts'));
  await served();
  expect(await status('/src/uses.ts')).toBe(500);
  renameSync(join(directory, 'src/renamed.ts'), file);
  await served();
  expect(await status('/src/uses.ts')).toBe(200);
});

test('in development a configuration that cannot be loaded is not taken for served', async () => {
  const { url } = await start(['server/main.mjs', '--dev']);
  const file = join(directory, 'vite.config.ts');
  const good = readFileSync(file, 'utf8');
  const before = await revisionAt(url);
  writeFileSync(file, 'not a configuration');
  expect(await revisionAt(url)).toBe(before);
  writeFileSync(file, `${good}\n// changed\n`);
  const expected = currentRevision(directory);
  await vi.waitFor(async () => expect(await revisionAt(url)).toBe(expected), DEADLINE);
  expect(await (await fetch(url)).text()).toContain('/@vite/client');
});

/** Opens the channel of a page by hand, as the frames of a server are plain text after a short header. */
async function connectPage(url: string, onText: (text: string) => void) {
  const client = await (await fetch(`${url}/@vite/client`)).text();
  const token = /wsToken = "([^"]+)"/.exec(client)?.[1];
  const upgrade = request(`${url}/?token=${token}`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-protocol': 'vite-hmr',
    },
  });
  upgrade.on('upgrade', (_response, socket, head) => {
    let text = String(head);
    onText(text);
    socket.on('data', (chunk) => onText((text += String(chunk))));
  });
  upgrade.end();
  return () => upgrade.destroy();
}

test('in development pages are told about a change through the same port', async () => {
  const { url } = await start(['server/main.mjs', '--dev']);
  // App.tsx must be known to Vite before a change to it concerns anyone.
  await fetch(`${url}/src/App.tsx`);
  const connected = deferred<void>();
  const update = deferred<string>();
  const close = await connectPage(url, (text) => {
    if (text.includes('"type":"connected"')) connected.resolve();
    if (/"type":"(update|full-reload)"/.test(text)) update.resolve(text);
  });
  await connected.promise;
  appendFileSync(join(directory, 'src/App.tsx'), '\n// changed\n');
  expect(await update.promise).toContain('/src/App.tsx');
  close();
});

test.each(['production', 'development'])('in %s an upgrade that is not Vite’s is answered, and does not keep the server', async (mode) => {
  const { child, exited, url } = await start(['server/main.mjs', ...(mode === 'development' ? ['--dev'] : [])]);
  const answered = deferred<number | undefined>();
  const foreign = request(`${url}/socket`, {
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': Buffer.alloc(16).toString('base64') },
  });
  foreign.on('response', (response) => {
    response.resume();
    answered.resolve(response.statusCode);
  });
  foreign.on('error', () => answered.resolve(undefined));
  foreign.end();
  expect(await answered.promise).toEqual(expect.any(Number));
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('in development a page opened after a mistake was fixed is not told of it', async () => {
  const { url } = await start(['server/main.mjs', '--dev']);
  const file = join(directory, 'src/App.tsx');
  const good = readFileSync(file, 'utf8');
  const save = async (content: string) => {
    writeFileSync(file, content);
    const expected = currentRevision(directory);
    await vi.waitFor(async () => expect(await revisionAt(url)).toBe(expected), DEADLINE);
    return (await fetch(`${url}/src/App.tsx`, { headers: { accept: '*/*' } })).status;
  };
  await fetch(`${url}/src/main.tsx`);
  expect(await save(`${good}\nconst broken = (;`)).toBe(500);
  expect(await save(good)).toBe(200);

  const told = deferred<string>();
  const close = await connectPage(url, (text) => {
    if (/"type":"(update|full-reload|error)"/.test(text)) told.resolve(text);
  });
  // What is kept for a page comes before what happens after.
  appendFileSync(file, '\n// changed\n');
  expect(await told.promise).not.toContain('"type":"error"');
  close();
});

test('in development the server takes up a change of its own code, again and again', async () => {
  const { child, exited, url } = await start(['server/dev.mjs'], { PORT: String(await freePort()) });
  const file = join(directory, 'server/respond.mjs');
  const good = readFileSync(file, 'utf8');
  for (const content of [`${good}\n// once\n`, 'broken on the way (', `${good}\n// twice\n`]) {
    rmSync(file);
    writeFileSync(file, content);
    if (content.startsWith('broken')) {
      await vi.waitFor(() => expect(fetch(`${url}/health`)).rejects.toThrow(), DEADLINE);
      continue;
    }
    const expected = currentRevision(directory);
    await vi.waitFor(async () => expect(await revisionAt(url)).toBe(expected), DEADLINE);
  }
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('in development a debugger reaches the server on the port that is set', async () => {
  const port = await freePort();
  await start(['server/dev.mjs'], { TODO_DEBUG_PORT: String(port) });
  const inspector = async (path: string): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${port}/json/${path}`)).json();
  expect(await inspector('version')).toMatchObject({ Browser: `node.js/${process.version}` });
  expect(await inspector('list')).toMatchObject([{ title: join(directory, 'server/main.mjs') }]);
});

test('in development a server that cannot start ends the process', async () => {
  await expect(start(['server/dev.mjs'], { PORT: 'nonsense' })).rejects.toThrow('PORT is');
  expect(await children[0]?.exited).toEqual([1, null]);
});

test('a setting that cannot be used ends the process with one line', async () => {
  await expect(start(['server/main.mjs'], { TODO_BACKEND_URL: 'nonsense' })).rejects.toThrow(
    /TODO_BACKEND_URL is \\"nonsense\\": set it to an http or https URL/,
  );
});

async function freePort() {
  const { url, close } = await listen(createServer());
  await close();
  return Number(new URL(url).port);
}
