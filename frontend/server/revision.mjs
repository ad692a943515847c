/**
 * The revision: a short hash of the service's source tree. Equal revisions mean equal sources.
 *
 * scripts and the other services implement the same rule; one table of trees tests all of them.
 */
import { createHash } from 'node:crypto';
import { constants, lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join, dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the revision covers, relative to the service directory. */
export const SOURCE_ROOTS = ['src', 'public', 'server', 'index.html', 'vite.config.ts'];

const NOT_SOURCES = ['__pycache__', 'node_modules', '4913'];
const TEMPORARY = ['~', '.pyc', '.bak', '.swp', '___jb_tmp___', '___jb_old___'];
const LINK = '-> ';
/** Deleted or replaced while it was read, or unreadable; EINVAL is what readlink says of a file. */
const GONE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ELOOP', 'EACCES'];
/** Follows no link and waits for no pipe that has just taken the file's place. */
const REGULAR = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param {string} name one component of a path */
function isSkipped(name) {
  return (
    NOT_SOURCES.includes(name) ||
    name.startsWith('.') ||
    TEMPORARY.some((ending) => name.endsWith(ending)) ||
    (name.startsWith('#') && name.endsWith('#'))
  );
}

/**
 * Whether a link leads out of the service's folder, or to itself or a folder around it.
 * @param {string} link
 * @param {string} target
 */
function isBad(link, target) {
  const leadsTo = posix.join(dirname(link), target).replace(/\/$/, '');
  return (
    target.startsWith('/') ||
    ['.', '..'].includes(leadsTo) ||
    leadsTo.startsWith('../') ||
    `${link}/`.startsWith(`${leadsTo}/`)
  );
}

/**
 * Files and links at or below the roots. Links are never followed. Roots that do not exist, and what vanishes
 * while it is read, are left out.
 * @param {string} directory
 * @param {string[]} roots
 * @param {(path: string) => void} [onDirectory] called with each directory on the way, relative as well
 * @returns {Promise<Map<string, string>>} POSIX path relative to `directory` → what is there: the hex sha256 of a file's
 *   content, or `-> ` and a link's target, a character for each byte
 */
export async function hashFiles(directory, roots, onDirectory) {
  /** @type {Map<string, string>} */
  const hashes = new Map();
  /** @param {string} path */
  async function visit(path) {
    if (isSkipped(path.slice(path.lastIndexOf('/') + 1))) return;
    const absolute = join(directory, path);
    const found = await unlessGone(lstat(absolute));
    if (found?.isDirectory()) {
      onDirectory?.(path);
      const names = (await unlessGone(readdir(absolute, { encoding: 'buffer' }))) ?? [];
      for (const name of names.map(decoded)) if (name !== undefined) await visit(`${path}/${name}`);
    } else if (found?.isFile()) {
      const content = await unlessGone(readFile(absolute, { flag: REGULAR }));
      if (content) hashes.set(path, createHash('sha256').update(content).digest('hex'));
    } else if (found?.isSymbolicLink()) {
      const target = await unlessGone(readlink(absolute, { encoding: 'latin1' }));
      if (target && !isBad(Buffer.from(path).toString('latin1'), target)) hashes.set(path, LINK + target);
    }
  }
  for (const root of roots) await visit(root);
  return hashes;
}

/** @param {string | undefined} hash as `hashFiles` returns it */
export function isLink(hash) {
  return hash?.startsWith(LINK) ?? false;
}

/**
 * @param {Map<string, string>} hashes as `hashFiles` returns them
 * @returns {string} 12 hex digits
 */
export function revisionOf(hashes) {
  const sorted = [...hashes].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const digest = createHash('sha256');
  for (const [path, hash] of sorted) {
    const content = isLink(hash) ? createHash('sha256').update(hash, 'latin1').digest('hex') : hash;
    digest.update(`${path}\0${content}\n`);
  }
  return digest.digest('hex').slice(0, 12);
}

/**
 * The revision of what runs: the one baked into the image, else that of the sources on disk.
 * @param {string} directory
 */
export async function currentRevision(directory) {
  const baked = await unlessGone(readFile(join(directory, 'REVISION'), 'utf8'));
  return baked?.trim() || revisionOf(await hashFiles(directory, SOURCE_ROOTS));
}

/** @param {Buffer} name @returns {string | undefined} undefined for a name that is not UTF-8 */
function decoded(name) {
  try {
    return utf8.decode(name);
  } catch {
    return undefined;
  }
}

/**
 * @template T
 * @param {Promise<T>} attempt
 * @returns {Promise<T | undefined>}
 */
async function unlessGone(attempt) {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.includes(String(error.code))) return undefined;
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = dirname(dirname(fileURLToPath(import.meta.url)));
  console.log(revisionOf(await hashFiles(directory, SOURCE_ROOTS)));
}
