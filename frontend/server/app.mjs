/** Decides what answers a request: this process, the backend, the MCP server or the page. */
import { randomUUID } from 'node:crypto';
import { setSecurityHeaders } from './headers.mjs';
import { forward } from './proxy.mjs';
import { sendJson, sendProblem } from './respond.mjs';

/** A request's id that a client or a proxy in front has given. */
const USABLE_ID = /^[\w.-]{1,64}$/;

/** What does not belong to the page. */
const PREFIXES = ['/api', '/mcp', '/.well-known'];

/**
 * @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse,
 *   path: string) => void} Page
 *
 * @typedef {object} Parts
 * @property {import('./settings.mjs').Settings} settings
 * @property {string} version
 * @property {() => Promise<string>} revision of what is being served
 * @property {() => boolean} stopping whether the process is about to end
 * @property {Page} page
 * @property {import('./log.mjs').Log} log
 * @property {import('./metrics.mjs').Metrics | undefined} [metrics]
 * @property {import('./tracing.mjs').Tracing | undefined} [tracing]
 * @property {number | undefined} [retries] of a request that an upstream did not answer, see exchange.mjs
 * @property {number | undefined} [timeout] for an upstream's answer to begin, in milliseconds
 */

/**
 * @param {Parts} parts
 * @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void}
 */
export function createApp({ settings, version, revision, stopping, page, log, metrics, tracing, retries, timeout }) {
  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function answer(request, response) {
    setSecurityHeaders(response, settings.development);

    const url = parseTarget(request.url ?? '/');
    /** @type {((status: number) => void)[]} called when the response is closed */
    const ends = [];
    // One listener for all of them: Node warns of many, and each that takes part in passing a request on has some.
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : 499;
      for (const end of ends) end(status);
    });
    if (metrics) ends.push(metrics.start(request, url ? routeOf(url.pathname) : 'none'));
    if (!url) {
      sendProblem(response, 400, 'The address of this request cannot be read.');
      return;
    }
    if (url.pathname === '/health') {
      sendJson(response, 200, { status: 'ok', service: 'frontend', version, revision: await revision() });
    } else if (url.pathname === '/ready') {
      if (stopping()) sendProblem(response, 503, 'This process is shutting down.');
      else sendJson(response, 200, { status: 'ready' });
    } else if (isBelow(url.pathname, '/api')) {
      await pass(request, response, ends, 'backend', join(settings.backendUrl, url.pathname, url.search));
    } else if (isBelow(url.pathname, '/mcp')) {
      const rest = url.pathname.slice('/mcp'.length);
      await pass(request, response, ends, 'MCP server', join(settings.mcpUrl, rest, url.search));
    } else if (isBelow(url.pathname, '/.well-known')) {
      // MCP clients look here for an OAuth server, and take the page for its broken description.
      sendProblem(response, 404, 'Nothing is published here: MCP clients sign in with a personal token.');
    } else {
      page(request, response, url.pathname);
    }
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   * @param {((status: number) => void)[]} ends
   * @param {string} name
   * @param {URL} target
   */
  async function pass(request, response, ends, name, target) {
    const started = performance.now();
    const brought = request.headers['x-request-id']?.toString() ?? '';
    const requestId = USABLE_ID.test(brought) ? brought : randomUUID();
    response.setHeader('x-request-id', requestId);
    const span = tracing?.start(request, name === 'backend' ? '/api' : '/mcp');
    if (span) ends.push(span.end);
    ends.push((status) => {
      log('request', {
        request_id: requestId,
        method: request.method,
        path: target.pathname,
        status,
        ms: Math.round(performance.now() - started),
      });
    });
    const headers = { ...span?.headers, 'x-request-id': requestId };
    const onFailure = () => metrics?.countFailure(name);
    await forward(request, response, { name, target, headers, retries, timeout, onFailure }, log);
  }

  return (request, response) => {
    answer(request, response).catch((/** @type {unknown} */ error) => {
      log('a request failed', { path: request.url, error: String(error) });
      if (response.headersSent) response.destroy();
      else sendProblem(response, 500, 'Something went wrong in the frontend server. Its log says what.');
    });
  };
}

/**
 * Resolves dot segments, encoded ones too, before anything is decided by the path.
 * @param {string} target origin-form, as browsers send it; anything else is refused
 */
function parseTarget(target) {
  const text = `http://frontend${target}`;
  return target.startsWith('/') && URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * The kind of a path, of which there are few.
 * @param {string} path
 */
function routeOf(path) {
  return ['/health', '/ready'].find((probe) => path === probe) ?? PREFIXES.find((prefix) => isBelow(path, prefix)) ?? 'page';
}

/** @param {string} path @param {string} prefix */
function isBelow(path, prefix) {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** @param {URL} base @param {string} path @param {string} search */
function join(base, path, search) {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/$/, '') + path;
  url.search = search;
  return url;
}
