/** Passes a request on to an upstream and its answer back, byte for byte and as it comes. */
import { pipeline } from 'node:stream';
import { codeOf } from './connect.mjs';
import { ConnectError, exchange } from './exchange.mjs';
import { sendProblem } from './respond.mjs';

/** Fields that concern one connection only (RFC 9110, 7.6.1), and the one that Node has answered. */
const HOP_BY_HOP = ['connection', 'expect', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** Fields that say where a body ends. No client's word may drop them: what follows would pass for another request. */
const FRAMING = ['content-length'];

/** Longer than the slowest chat turn the backend allows itself. */
const ANSWER_TIMEOUT = 120_000;

/**
 * @typedef {object} Upstream
 * @property {string} name for people: "backend"
 * @property {URL} target where this one request goes
 * @property {Record<string, string>} headers that tell it what the request belongs to, over those that it brings
 * @property {number | undefined} [retries] of a request whose connection ended without an answer
 * @property {number | undefined} [timeout] for the answer to begin, in milliseconds
 * @property {() => void} [onFailure] called when it does not answer
 */

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Upstream} upstream
 * @param {import('./log.mjs').Log} log
 */
export async function forward(request, response, { name, target, headers, retries, timeout, onFailure }, log) {
  const gone = new AbortController();
  response.once('close', () => gone.abort());

  /** @param {unknown} error @param {number} status @param {string} detail */
  const fail = (error, status, detail) => {
    if (gone.signal.aborted) return;
    onFailure?.();
    log(`${name} did not answer`, { request_id: headers['x-request-id'], upstream: target.host, error: codeOf(error) });
    if (response.headersSent) response.destroy();
    else sendProblem(response, status, detail);
  };

  try {
    const answer = await exchange(request, {
      target,
      headers: { ...requestHeaders(request, target), ...headers },
      signal: gone.signal,
      timeout: timeout ?? ANSWER_TIMEOUT,
      retries,
    });
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, responseHeaders(answer));
    response.flushHeaders();
    pipeline(answer, response, () => undefined);
  } catch (error) {
    if (error instanceof ConnectError) fail(error, 502, `The ${name} cannot be reached right now. Try again in a moment.`);
    else if (codeOf(error) === 'ETIMEDOUT') fail(error, 504, `The ${name} took too long to answer. Try again in a moment.`);
    else fail(error, 502, `The ${name} closed the connection before it answered. Try again in a moment.`);
  }
}

/**
 * @param {import('node:http').IncomingMessage} message
 * @returns {import('node:http').OutgoingHttpHeaders} its headers without those of the connection
 */
function endToEnd(message) {
  const named = (message.headers.connection ?? '').toLowerCase().split(',').map((name) => name.trim());
  const dropped = new Set([...HOP_BY_HOP, ...named.filter((name) => !FRAMING.includes(name))]);
  return Object.fromEntries(Object.entries(message.headers).filter(([name]) => !dropped.has(name)));
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {URL} target
 */
function requestHeaders(request, target) {
  const headers = endToEnd(request);
  const { socket } = request;
  headers.host = target.host;
  headers['x-forwarded-for'] = [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean).join(', ');
  headers['x-forwarded-host'] ??= request.headers.host;
  headers['x-forwarded-proto'] ??= 'http';
  // Without a length the body's end is known only by its framing, which Node must then be told to keep.
  if (request.headers['transfer-encoding']) headers['transfer-encoding'] = 'chunked';
  return headers;
}

/** @param {import('node:http').IncomingMessage} answer */
function responseHeaders(answer) {
  const headers = endToEnd(answer);
  headers['cache-control'] ??= 'no-store';
  // Proxies in front of this one, such as an ingress, must not collect a stream either.
  if (headers['content-type']?.toString().startsWith('text/event-stream')) headers['x-accel-buffering'] = 'no';
  return headers;
}
