/** One request to an upstream and its answer, tried again where the upstream cannot have acted on it twice. */
import { request as httpRequest } from 'node:http';
import { codeOf, connect } from './connect.mjs';

/** Done twice, they have the effect of once (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** How often a request is sent again whose connection ended without an answer. */
const RETRIES = 2;

/**
 * A body of more bytes than this is sent once the upstream says that it wants it. One that refuses it unread closes the
 * connection, which takes the words of the refusal away from who is still sending.
 */
const UNASKED = 65_536;

/** For upstreams that never say so (RFC 9110, 10.1.1), in milliseconds. */
const ASKING_TIMEOUT = 1000;

/**
 * @typedef {object} Options
 * @property {URL} target
 * @property {import('node:http').OutgoingHttpHeaders} headers
 * @property {AbortSignal} signal
 * @property {number} timeout for the answer's head, in milliseconds; ends in ETIMEDOUT
 * @property {number | undefined} [retries]
 */

/**
 * @param {import('node:http').IncomingMessage} request its method and body are sent on
 * @param {Options} options
 * @returns {Promise<import('node:http').IncomingMessage>}
 * @throws {ConnectError} if the upstream was never reached
 */
export async function exchange(request, options) {
  const repeatable = IDEMPOTENT.has(request.method ?? '') && !hasBody(request);
  for (let retries = options.retries ?? RETRIES; ; retries -= 1) {
    const socket = await connect(options.target, options.signal).catch((/** @type {unknown} */ error) => {
      throw new ConnectError(codeOf(error));
    });
    try {
      return await send(request, socket, options);
    } catch (error) {
      if (retries === 0 || !repeatable || codeOf(error) !== 'ECONNRESET' || options.signal.aborted) throw error;
    }
  }
}

export class ConnectError extends Error {
  /** @param {string} code the system's name for it */
  constructor(code) {
    super(`cannot connect: ${code}`);
    this.code = code;
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:net').Socket} socket
 * @param {Options} options
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
function send(request, socket, { target, headers, signal, timeout }) {
  return new Promise((resolve, reject) => {
    const asks = Number(request.headers['content-length'] ?? 0) > UNASKED;
    const outgoing = httpRequest({
      createConnection: () => socket,
      host: target.hostname,
      path: target.pathname + target.search,
      method: request.method,
      headers: asks ? { ...headers, expect: '100-continue' } : headers,
    });
    const timer = setTimeout(() => {
      outgoing.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    }, timeout);
    /** @type {NodeJS.Timeout | undefined} */
    let asking;
    const sendBody = () => {
      clearTimeout(asking);
      outgoing.removeListener('continue', sendBody);
      request.pipe(outgoing);
    };
    const abort = () => outgoing.destroy();
    signal.addEventListener('abort', abort);
    outgoing.once('close', () => {
      clearTimeout(asking);
      signal.removeEventListener('abort', abort);
    });
    outgoing.once('response', (answer) => {
      clearTimeout(timer);
      clearTimeout(asking);
      // Nobody wants the rest of a body that was refused.
      if (asks && !outgoing.writableEnded) answer.once('end', abort);
      resolve(answer);
    });
    // After the answer has begun, its reader learns of errors.
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    if (asks) {
      asking = setTimeout(sendBody, ASKING_TIMEOUT);
      outgoing.once('continue', sendBody);
    } else if (hasBody(request)) request.pipe(outgoing);
    else outgoing.end();
  });
}

/** @param {import('node:http').IncomingMessage} request */
function hasBody({ headers }) {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
