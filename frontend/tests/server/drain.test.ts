/** What becomes of connections when a server drains, with the loss that the drain is there to prevent. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { prepareDrain } from '../../server/drain.mjs';
import { deferred } from '../support/deferred';
import { keepConnection } from '../support/keptConnection';
import { listen } from '../support/listen.mjs';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server that answers at once, except on /held, where the test answers. */
async function start(grace?: number) {
  const server = createServer();
  const drain = prepareDrain(server, grace);
  const held = deferred<ServerResponse>();
  server.on('request', (request, response) => {
    response.setHeader('content-length', 2);
    if (request.url === '/held') held.resolve(response);
    else response.end('ok');
  });
  const { url, close } = await listen(server);
  open.push(close);
  const connect = async () => {
    const connection = await keepConnection(url);
    open.push(connection.close);
    return connection;
  };
  return { server, connect, held, drain: () => new Promise<void>((resolve) => drain(resolve)) };
}

test('a request that the end of a server crosses is answered, and the answer ends the connection', async () => {
  const { connect, drain } = await start();
  const client = await connect();
  expect(await client.ask('/')).toMatch(/connection: keep-alive/i);
  const ended = drain();
  expect(await client.ask('/')).toMatch(/connection: close/i);
  await ended;
});

test('without the drain that request is lost', async () => {
  const { server, connect } = await start();
  const client = await connect();
  expect(await client.ask('/')).toMatch(/connection: keep-alive/i);
  // Node's own way: it closes idle connections, and the client does not know yet.
  await new Promise((resolve) => server.close(resolve));
  expect(await client.ask('/')).toBe('');
});

test('an answer that had not begun announces the end of its connection', async () => {
  const { connect, held, drain } = await start();
  const client = await connect();
  const answer = client.ask('/held');
  const response = await held.promise;
  const ended = drain();
  response.end('ok');
  expect(await answer).toMatch(/connection: close/i);
  await ended;
});

test('after an answer that had begun the connection takes one more request', async () => {
  const { connect, held, drain } = await start();
  const client = await connect();
  const answer = client.ask('/held');
  const response = await held.promise;
  response.flushHeaders();
  const ended = drain();
  response.end('ok');
  expect(await answer).toMatch(/connection: keep-alive/i);
  expect(await client.ask('/')).toMatch(/connection: close/i);
  await ended;
});

test('connections that stay idle are closed in the end, those with a request under way are not', async () => {
  const { server, connect, held, drain } = await start(1);
  const [unused, idle, busy] = [await connect(), await connect(), await connect()];
  await idle.ask('/');
  const answer = busy.ask('/held');
  const response = await held.promise;
  const ended = drain();
  await Promise.all([unused.ended, idle.ended]);
  response.end('ok');
  expect(await answer).toMatch(/^HTTP\/1.1 200/);
  await ended;
  expect(server.listening).toBe(false);
});

test('a request that has arrived in part is waited for', async () => {
  const { server, connect, drain } = await start(1);
  const accepted = once(server, 'connection');
  const slow = await connect();
  const [socket] = (await accepted) as [Socket];
  slow.send('GET / HTTP/1.1\r\n');
  await vi.waitFor(() => expect(socket.bytesRead).toBe(16), 30_000);
  const idle = await connect();
  const ended = drain();
  await idle.ended;
  slow.send('host: frontend\r\n\r\n');
  expect(await slow.answer()).toMatch(/connection: close/i);
  await ended;
});
