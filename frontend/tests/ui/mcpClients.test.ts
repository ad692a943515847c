import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientName } from '../../src/account/clientName';
import { mcpClients, TOKEN_PLACEHOLDER } from '../../src/account/mcpClients';

const textOf = (id: string, origin: string) => mcpClients(origin, 'todo_pat_x').find((one) => one.id === id)?.text ?? '';

test.each([
  ['http://127.0.0.1:30300', false],
  ['http://localhost:30300', false],
  ['https://todo.example.org', false],
  ['http://todo.example.org', true],
])('Claude Desktop at %s is told to allow plain HTTP: %s', (origin, allowed) => {
  expect(textOf('claude-desktop', origin).includes('--allow-http')).toBe(allowed);
});

test('configurations are JSON, and none has a space in an argument, at which Windows would split it', () => {
  for (const id of ['claude-desktop', 'cursor', 'vs-code']) expect(() => JSON.parse(textOf(id, 'http://127.0.0.1')) as unknown).not.toThrow();
  const desktop = JSON.parse(textOf('claude-desktop', 'http://127.0.0.1')) as { mcpServers: { todo: { args: string[] } } };
  expect(desktop.mcpServers.todo.args.filter((one) => one.includes(' '))).toEqual([]);
});

test('the documentation says the same of Claude Desktop as the page', () => {
  const documented = readFileSync(new URL('../../../docs/mcp-clients.md', import.meta.url), 'utf8');
  const blocks = [...documented.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json ?? '') as unknown);
  const text = mcpClients('http://127.0.0.1:30300', TOKEN_PLACEHOLDER).find((one) => one.id === 'claude-desktop')?.text ?? '';
  expect(blocks).toContainEqual(JSON.parse(text));
});

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Edge on Windows'],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'Safari on iPhone'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15', 'Safari on macOS'],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['', 'A client that did not say its name'],
])('the session of %s is shown as %s', (userAgent, name) => {
  expect(clientName(userAgent)).toBe(name);
});
