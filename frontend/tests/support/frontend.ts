/** The frontend server in this process, with a small built page and upstreams of the test's choice. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createApp } from '../../server/app.mjs';
import type { Metrics } from '../../server/metrics.mjs';
import { loadPage } from '../../server/page.mjs';
import { listen } from './listen.mjs';

const SCRIPT = 'console.log("a page");';

const DIST = {
  'index.html': '<!doctype html><title>Todo</title>',
  'icon.svg': '<svg/>',
  'assets/index-abc123.js': SCRIPT,
  'assets/index-abc123.js.gz': gzipSync(SCRIPT),
};

/** A port of this machine where nothing listens. */
export const NOWHERE = 'http://127.0.0.1:1';

export async function startFrontend(
  upstreams: { backend?: string; mcp?: string } = {},
  options: { retries?: number; timeout?: number; metrics?: Metrics } = {},
  dist: Record<string, string | Buffer> = DIST,
) {
  const directory = mkdtempSync(join(tmpdir(), 'frontend-'));
  for (const [path, content] of Object.entries(dist)) {
    mkdirSync(dirname(join(directory, 'dist', path)), { recursive: true });
    writeFileSync(join(directory, 'dist', path), content);
  }
  writeFileSync(join(directory, 'secret.txt'), 'not for everyone');

  const state = { stopping: false };
  const logged: { message: string; fields: Record<string, unknown> | undefined }[] = [];
  const app = createApp({
    ...options,
    settings: {
      port: 0,
      metricsPort: undefined,
      tracing: false,
      unreadySeconds: 0,
      backendUrl: new URL(upstreams.backend ?? NOWHERE),
      mcpUrl: new URL(upstreams.mcp ?? `${NOWHERE}/mcp`),
      allowedHosts: [],
      development: false,
    },
    version: '0.1.0',
    revision: () => Promise.resolve('abcdef012345'),
    stopping: () => state.stopping,
    page: await loadPage(join(directory, 'dist')),
    log: (message, fields) => logged.push({ message, fields }),
  });
  const running = await listen(createServer(app));
  return {
    ...running,
    state,
    logged,
    close: async () => {
      await running.close();
      rmSync(directory, { recursive: true });
    },
  };
}
