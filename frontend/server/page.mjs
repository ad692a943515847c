/** The built page, served from memory: what is not in the table cannot be asked for. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { sendProblem } from './respond.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** How often a missing file of the page is looked for on another connection; browsers follow 20 redirects at most. */
const TRIES = 6;

/** What one address has: `etag` is its hash. @typedef {{ body: Buffer, etag: string }} File */

/** In order of preference; the build writes both beside each text file. */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
];

/**
 * @param {string} directory what `vite build` wrote
 * @returns {Promise<(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse,
 *   path: string) => void>}
 */
export async function loadPage(directory) {
  const files = await readTree(directory);
  if (!files.has('/index.html')) {
    throw new Error(`${join(directory, 'index.html')} is missing: run npm run build first`);
  }
  return (request, response, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendProblem(response, 405, `${request.method} is not possible here.`);
      return;
    }
    const name = files.has(path) || isFileName(path) ? path : '/index.html';
    const file = files.get(name);
    if (file) sendFile(request, response, name, file, files);
    else if (!sendElsewhere(request, response, path)) sendProblem(response, 404, `There is nothing at ${path}.`);
  };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {string} name
 * @param {File} plain
 * @param {Map<string, File>} files
 */
function sendFile(request, response, name, plain, files) {
  const accepted = encodingsOf(String(request.headers['accept-encoding'] ?? ''));
  const encoding = ENCODINGS.find((one) => accepted.includes(one.name) && files.has(name + one.suffix));
  const { body, etag } = (encoding && files.get(name + encoding.suffix)) ?? plain;
  response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream');
  response.setHeader('vary', 'Accept-Encoding');
  response.setHeader('etag', etag);
  // Names below /assets/ carry a hash of their content; every other file must be asked for again.
  response.setHeader('cache-control', name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match']?.split(',').some((one) => one.trim() === etag)) {
    response.writeHead(304).end();
    return;
  }
  if (encoding) response.setHeader('content-encoding', encoding.name);
  response.setHeader('content-length', body.length);
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : body);
}

/** Those that a client takes: a weight of 0 is a refusal. @param {string} header */
function encodingsOf(header) {
  const entries = header.split(',').map((entry) => entry.toLowerCase().split(';').map((part) => part.trim()));
  return entries.filter(([, weight]) => !/^q=0(\.0*)?$/.test(weight ?? '')).map(([name]) => name);
}

/**
 * During a rollout a browser that has the page from a pod of one release asks pods of the other for its files too. It is
 * sent to the same address again over another connection, which may lead to a pod that has them.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {string} path
 * @returns {boolean} whether it was: not for ever, since the file may be nowhere
 */
function sendElsewhere(request, response, path) {
  const tried = Number(new URLSearchParams(request.url?.split('?')[1]).get('tried'));
  if (!path.startsWith('/assets/') || !(tried >= 0 && tried < TRIES)) return false;
  const location = `${path}?tried=${tried + 1}`;
  response.writeHead(307, { location, connection: 'close', 'content-length': 0, 'cache-control': 'no-store' }).end();
  return true;
}

/** A missing script must be a 404, never a page. @param {string} path */
function isFileName(path) {
  return path.startsWith('/assets/') || extname(path) !== '';
}

/** @param {string} directory */
async function readTree(directory) {
  /** @type {Map<string, File>} */
  const files = new Map();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const body = await readFile(path);
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 20)}"`;
    files.set(`/${relative(directory, path).split(sep).join('/')}`, { body, etag });
  }
  return files;
}
