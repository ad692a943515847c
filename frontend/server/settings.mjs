/** Settings from the environment, read once at start. */

const UNREADY_SECONDS = 2;

/**
 * @typedef {object} Settings
 * @property {number} port
 * @property {URL} backendUrl base of the REST API; `/api/…` is appended
 * @property {URL} mcpUrl the MCP endpoint itself, path included
 * @property {string[]} allowedHosts extra host names the development server answers to
 * @property {number | undefined} metricsPort where /metrics is served; without it nowhere
 * @property {boolean} tracing whether OpenTelemetry's own variables name an endpoint for traces
 * @property {number} unreadySeconds after SIGTERM, in which all is served but /ready: who balances by that sends no more
 * @property {boolean} development serve sources through Vite instead of the built page
 */

/** A setting that cannot be used; its message is the whole explanation. */
export class SettingsError extends Error {}

/**
 * @param {Record<string, string | undefined>} env
 * @param {string[]} argv arguments after the script name
 * @returns {Settings}
 * @throws {SettingsError}
 */
export function readSettings(env, argv) {
  const unknown = argv.filter((argument) => argument !== '--dev');
  if (unknown.length > 0) {
    throw new SettingsError(`unknown argument ${unknown[0]}: the only one is --dev`);
  }
  return {
    port: readPort('PORT', env.PORT || '3000'),
    metricsPort: env.TODO_METRICS_PORT ? readPort('TODO_METRICS_PORT', env.TODO_METRICS_PORT) : undefined,
    backendUrl: readUrl('TODO_BACKEND_URL', env.TODO_BACKEND_URL || 'http://backend-service:8000'),
    mcpUrl: readUrl('TODO_MCP_URL', env.TODO_MCP_URL || 'http://mcp-service:8080/mcp'),
    allowedHosts: (env.TODO_ALLOWED_HOSTS || '').split(',').map((host) => host.trim()).filter(Boolean),
    tracing:
      Boolean(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT) &&
      env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' &&
      env.OTEL_TRACES_EXPORTER !== 'none',
    unreadySeconds: readSeconds('TODO_UNREADY_SECONDS', env.TODO_UNREADY_SECONDS || String(UNREADY_SECONDS)),
    development: argv.includes('--dev'),
  };
}

/** @param {string} name @param {string} value */
function readSeconds(name, value) {
  if (!/^\d{1,5}(\.\d+)?$/.test(value)) { // a timer of Node ends at once where a number is too large for it
    throw new SettingsError(`${name} is ${JSON.stringify(value)}: set it to a number of seconds below 100000`);
  }
  return Number(value);
}

/** @param {string} name @param {string} value */
function readPort(name, value) {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65535) {
    throw new SettingsError(`${name} is ${JSON.stringify(value)}: set it to a number from 0 to 65535`);
  }
  return port;
}

/**
 * @param {string} name
 * @param {string} value
 */
function readUrl(name, value) {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new SettingsError(`${name} is ${JSON.stringify(value)}: set it to an http or https URL`);
  }
  return url;
}
