import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { call } from '../../src/api/http';
import { listen } from '../support/listen.mjs';

test('an answer cut short is reported like one that never came', async () => {
  const server = await listen(
    createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('[', () => response.destroy());
    }),
  );
  await expect(call('GET', server.url)).rejects.toMatchObject({
    name: 'ApiError',
    status: 0,
    message: 'The server cannot be reached. Check the connection and try again.',
  });
  await server.close();
});
