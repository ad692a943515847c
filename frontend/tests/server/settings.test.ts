import { expect, test } from 'vitest';
import { readSettings } from '../../server/settings.mjs';

test('without any environment the names inside the cluster are used', () => {
  const settings = readSettings({}, []);
  expect(settings.port).toBe(3000);
  expect(settings.backendUrl.href).toBe('http://backend-service:8000/');
  expect(settings.mcpUrl.href).toBe('http://mcp-service:8080/mcp');
  expect(settings.development).toBe(false);
});

test.each([
  [{ PORT: 'tcp://10.0.0.1:3000' }, [], 'PORT is "tcp://10.0.0.1:3000"'],
  [{ PORT: '70000' }, [], 'PORT is "70000"'],
  [{ TODO_BACKEND_URL: 'backend-service:8000' }, [], 'TODO_BACKEND_URL is "backend-service:8000"'],
  [{ TODO_MCP_URL: 'nonsense' }, [], 'TODO_MCP_URL is "nonsense"'],
  [{ TODO_UNREADY_SECONDS: 'Infinity' }, [], 'TODO_UNREADY_SECONDS is "Infinity"'],
  [{ TODO_UNREADY_SECONDS: '3000000' }, [], 'TODO_UNREADY_SECONDS is "3000000"'],
  [{}, ['--watch'], 'unknown argument --watch'],
])('%o with arguments %o is refused by name', (env, argv, message) => {
  expect(() => readSettings(env, argv)).toThrow(message);
});
