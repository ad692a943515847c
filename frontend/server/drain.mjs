/** Ends a server without losing requests that are on their way to it. */
import { Server as NetServer } from 'node:net';

/**
 * @typedef {import('node:net').Socket} Socket
 *
 * @typedef {object} Connection
 * @property {Set<import('node:http').ServerResponse>} answers that are under way
 * @property {number} answered how many bytes the client had sent when the last answer ended
 */

/**
 * How long an idle connection stays open after the server begins to drain, in milliseconds. A client may still send a
 * request on it; the answer then asks it to open another connection. Longer than our own clients keep idle connections;
 * browsers keep them longer, and open another one if a kept one fails.
 */
const IDLE_GRACE = 10_000;

/**
 * Call it before the server listens, and before it gets other listeners for its requests.
 * @param {import('node:http').Server} server
 * @param {number} [grace]
 * @returns the drain: it accepts no more connections, ends each that is open with its next answer, and calls back when
 *   all are closed
 */
export function prepareDrain(server, grace = IDLE_GRACE) {
  /** @type {Map<Socket, Connection>} */
  const connections = new Map();
  let draining = false;

  server.on('connection', (/** @type {Socket} */ socket) => {
    connections.set(socket, { answers: new Set(), answered: 0 });
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    const connection = connections.get(socket);
    connection?.answers.add(response);
    if (draining) announceEnd(response);
    response.once('close', () => {
      if (!connection?.answers.delete(response)) return;
      connection.answered = socket.bytesRead;
      // It is still open if the answer had begun before the drain did.
      if (draining) endIfIdle(socket, connection);
    });
  });

  /** @param {Socket} socket @param {Connection} connection */
  function endIfIdle(socket, connection) {
    if (connection.answers.size > 0) return;
    setTimeout(() => {
      // After a turn of the event loop, so that what has arrived by now is read.
      setImmediate(() => {
        if (socket.bytesRead === connection.answered) socket.destroy();
      });
    }, grace);
  }

  return (/** @type {() => void} */ onEnd) => {
    draining = true;
    // Not the close() of an HTTP server, which ends idle connections at once.
    NetServer.prototype.close.call(server, onEnd);
    for (const [socket, connection] of connections) {
      connection.answers.forEach(announceEnd);
      endIfIdle(socket, connection);
    }
  };
}

/** @param {import('node:http').ServerResponse} answer */
function announceEnd(answer) {
  if (!answer.headersSent) answer.setHeader('connection', 'close');
}
