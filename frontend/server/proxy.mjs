/** Passes a request on to an upstream and its answer back, byte for byte and as it comes. */
import { request as httpRequest } from 'node:http';
import { pipeline } from 'node:stream';
import { codeOf, connect } from './connect.mjs';
import { sendProblem } from './respond.mjs';

/** Fields that concern one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** Longer than the slowest chat turn the backend allows itself. */
const ANSWER_TIMEOUT = 120_000;

/**
 * @typedef {object} Upstream
 * @property {string} name for people: "backend"
 * @property {URL} target where this one request goes
 */

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Upstream} upstream
 * @param {string} requestId
 * @param {import('./log.mjs').Log} log
 */
export async function forward(request, response, { name, target }, requestId, log) {
  const gone = new AbortController();
  response.once('close', () => gone.abort());

  /** @param {unknown} error @param {number} status @param {string} detail */
  const fail = (error, status, detail) => {
    if (gone.signal.aborted) return;
    log(`${name} did not answer`, { request_id: requestId, upstream: target.host, error: codeOf(error) });
    if (response.headersSent) response.destroy();
    else sendProblem(response, status, detail);
  };

  let socket;
  try {
    socket = await connect(target, gone.signal);
  } catch (error) {
    fail(error, 502, `The ${name} cannot be reached right now. Try again in a moment.`);
    return;
  }

  const outgoing = httpRequest({
    createConnection: () => socket,
    host: target.hostname,
    path: target.pathname + target.search,
    method: request.method,
    headers: { ...requestHeaders(request, target), 'x-request-id': requestId },
  });
  const timer = setTimeout(() => {
    outgoing.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
  }, ANSWER_TIMEOUT);
  gone.signal.addEventListener('abort', () => {
    clearTimeout(timer);
    outgoing.destroy();
  });
  outgoing.once('error', (error) => {
    clearTimeout(timer);
    if (codeOf(error) === 'ETIMEDOUT') fail(error, 504, `The ${name} took too long to answer. Try again in a moment.`);
    else fail(error, 502, `The ${name} closed the connection before it answered. Try again in a moment.`);
  });
  outgoing.once('response', (answer) => {
    clearTimeout(timer);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, responseHeaders(answer));
    response.flushHeaders();
    pipeline(answer, response, () => undefined);
  });
  request.pipe(outgoing);
}

/**
 * @param {import('node:http').IncomingMessage} message
 * @returns {import('node:http').OutgoingHttpHeaders} its headers without those of the connection
 */
function endToEnd(message) {
  const named = (message.headers.connection ?? '').toLowerCase().split(',').map((name) => name.trim());
  const dropped = new Set([...HOP_BY_HOP, ...named]);
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
