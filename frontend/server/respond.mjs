/** Small JSON answers, errors as RFC 9457 problem details. */
import { STATUS_CODES } from 'node:http';

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {object} body
 * @param {string} [type]
 */
export function sendJson(response, status, body, type = 'application/json') {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} detail a sentence for a person
 */
export function sendProblem(response, status, detail) {
  const title = STATUS_CODES[status] ?? 'Error';
  sendJson(response, status, { type: 'about:blank', title, status, detail }, 'application/problem+json');
}
