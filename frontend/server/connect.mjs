/** Opens the connection to an upstream before anything is sent, so that trying again is safe for every method. */
import { connect as connectPlain } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** Refused, unroutable, unresolved and closed unused: what a rollout of the upstream looks like from here. */
const PASSING = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNRESET']);

/** Waits between attempts, in milliseconds: in all longer than kube-proxy may take to learn of a new pod, a second. */
const PAUSES = [100, 400, 1000];
const ATTEMPT_TIMEOUT = 3000;

/**
 * Each request has a connection of its own: a Service balances connections, not requests, and a restarted
 * upstream leaves no stale ones behind.
 * @param {URL} target
 * @param {AbortSignal} signal
 * @returns {Promise<import('node:net').Socket>}
 */
export async function connect(target, signal) {
  for (const pause of [...PAUSES, undefined]) {
    try {
      return await attempt(target, signal);
    } catch (error) {
      if (pause === undefined || signal.aborted || !PASSING.has(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
      signal.throwIfAborted();
    }
  }
  throw new Error('unreachable');
}

/**
 * @param {URL} target
 * @param {AbortSignal} signal
 * @returns {Promise<import('node:net').Socket>}
 */
function attempt(target, signal) {
  const secure = target.protocol === 'https:';
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const port = Number(target.port) || (secure ? 443 : 80);
  return new Promise((resolve, reject) => {
    const socket = secure ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
    const abort = () => socket.destroy(new Error('the client went away'));
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' }));
    }, ATTEMPT_TIMEOUT);
    signal.addEventListener('abort', abort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const fail = (/** @type {Error} */ error) => {
      settle();
      reject(error);
    };
    socket.once('error', fail);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      void staysOpen(socket).then((open) => {
        if (!open) {
          socket.destroy();
          fail(Object.assign(new Error('closed before it was used'), { code: 'ECONNRESET' }));
          return;
        }
        settle();
        socket.removeListener('error', fail);
        resolve(socket);
      });
    });
  });
}

/**
 * Whether the upstream has not closed the connection again, as one does that is about to end. Takes a whole turn of the
 * event loop, in which that would be noticed.
 * @param {import('node:net').Socket} socket
 */
async function staysOpen(socket) {
  await setImmediate();
  await setImmediate();
  return !socket.readableEnded && !socket.destroyed;
}

/**
 * @param {unknown} error
 * @returns {string} the system's name for it, such as ECONNREFUSED
 */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
