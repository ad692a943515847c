/** Starts the frontend server: `node server/main.mjs` for the built page, with `--dev` for the sources. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from './app.mjs';
import { prepareDrain } from './drain.mjs';
import { log } from './log.mjs';
import { loadPage } from './page.mjs';
import { currentRevision } from './revision.mjs';
import { readSettings, SettingsError } from './settings.mjs';

/** Requests under way get this long after SIGTERM; streams that never end are cut then. */
const DRAIN_TIMEOUT = 30_000;

const directory = dirname(dirname(fileURLToPath(import.meta.url)));

async function main() {
  const settings = readSettings(process.env, process.argv.slice(2));
  const version = await readVersion();
  // Vite's listener for upgrades takes its own only. Any other would be left without an answer, and its connection would
  // keep this process from ending: it is answered as a request without an upgrade is.
  /** @param {import('node:http').IncomingMessage} request */
  const isVites = ({ headers }) => ['vite-hmr', 'vite-ping'].includes(headers['sec-websocket-protocol'] ?? '');
  const server = createServer({ shouldUpgradeCallback: (request) => settings.development && isVites(request) });
  // Longer than the idle time of common load balancers, so that they, not we, close a connection first.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 66_000;

  const drain = prepareDrain(server);
  const source = settings.development ? await fromSources(server, settings) : await fromBuild();
  const metrics = await startMetrics(settings.metricsPort);
  const tracing = settings.tracing ? new (await import('./tracing.mjs')).Tracing() : undefined;
  let stopping = false;
  let draining = false;
  server.on('request', createApp({ settings, version, log, metrics, tracing, stopping: () => stopping, ...source }));
  server.on('error', (error) => {
    log('the server cannot run', { port: settings.port, error: error.message });
    process.exit(1);
  });
  server.listen(settings.port, () => {
    const address = server.address();
    log('ready', {
      port: typeof address === 'object' ? address?.port : settings.port,
      mode: settings.development ? 'development' : 'production',
      backend: settings.backendUrl.href,
      mcp: settings.mcpUrl.href,
    });
  });

  const beginDrain = () => {
    if (draining) return;
    draining = true;
    drain(() => void Promise.resolve(tracing?.close()).then(() => process.exit(0)));
    if (settings.development) server.closeAllConnections();
    else setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT).unref();
    void source.close();
  };
  const stop = (/** @type {NodeJS.Signals} */ signal) => {
    // Each further signal is an impatient one.
    if (draining) process.exit(1);
    const waits = signal === 'SIGTERM' && !stopping && !settings.development;
    if (!stopping) log('stopping', { signal });
    stopping = true;
    if (waits) setTimeout(beginDrain, settings.unreadySeconds * 1000);
    else beginDrain();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** @param {number | undefined} port without it nothing is measured, nor loaded for that */
async function startMetrics(port) {
  if (port === undefined) return undefined;
  const { Metrics } = await import('./metrics.mjs');
  const metrics = new Metrics();
  metrics.serve(port, (error) => {
    log('metrics cannot be served', { port, error: error.message });
    process.exit(1);
  });
  return metrics;
}

/** package.json is the one place that states it. */
async function readVersion() {
  /** @type {unknown} */
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest && 'version' in manifest ? String(manifest.version) : 'unknown';
}

async function fromBuild() {
  const page = await loadPage(join(directory, 'dist'));
  return { page, revision: () => Promise.resolve(currentRevision(directory)), close: () => Promise.resolve() };
}

/**
 * @param {import('node:http').Server} server
 * @param {import('./settings.mjs').Settings} settings
 */
async function fromSources(server, settings) {
  const { startVite } = await import('./development.mjs');
  return startVite(directory, server, settings.allowedHosts, log);
}

main().catch((/** @type {unknown} */ error) => {
  const known = error instanceof SettingsError;
  log('cannot start', { error: known || !(error instanceof Error) ? String(error) : error.stack });
  process.exit(1);
});
