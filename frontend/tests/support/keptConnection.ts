/** A connection that stays open between requests, as a browser or a proxy in front keeps it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { deferred } from './deferred';

export async function keepConnection(url: string) {
  const { hostname, port } = new URL(url);
  // Half open: it goes on sending after the server has closed, as a client does that the news has not reached yet.
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, 'connect');
  const ended = deferred<void>();
  let received = '';
  let onMore = () => {};
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
    onMore();
  });
  for (const event of ['end', 'error']) {
    socket.on(event, () => {
      ended.resolve();
      onMore();
    });
  }

  /** Resolves to the next answer, or to '' if the connection ends without one. */
  function answer() {
    return new Promise<string>((resolve) => {
      onMore = () => {
        const whole = /^HTTP[^]*?content-length: (\d+)[^]*?\r\n\r\n/i.exec(received);
        const length = whole ? whole[0].length + Number(whole[1]) : Infinity;
        if (received.length >= length) {
          resolve(received.slice(0, length));
          received = received.slice(length);
        } else if (socket.readableEnded || socket.destroyed || socket.errored) resolve('');
      };
      onMore();
    });
  }

  return {
    /** Resolves when the server has closed the connection. */
    ended: ended.promise,
    send: (text: string) => socket.write(text),
    answer,
    ask(path: string) {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: frontend\r\n\r\n`);
      return answer();
    },
    close: () => socket.destroy(),
  };
}
