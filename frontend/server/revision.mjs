/** The revision: a short hash of the service's source tree. Equal revisions mean equal sources. */
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the revision covers, relative to the service directory. */
export const SOURCE_ROOTS = ['src', 'public', 'server', 'index.html', 'vite.config.ts'];

/** @param {string} name one component of a path */
function isSkipped(name) {
  return (
    name === '__pycache__' ||
    name === 'node_modules' ||
    name.startsWith('.') ||
    name.endsWith('~') ||
    name.endsWith('.pyc')
  );
}

/**
 * Regular files below the roots. Roots that do not exist, and files that vanish meanwhile, are left out.
 * @param {string} directory
 * @param {string[]} roots
 * @param {(path: string) => void} [onDirectory] told of each directory on the way, relative as well
 * @returns {Promise<Map<string, string>>} POSIX path relative to `directory` → hex sha256 of the content
 */
export async function hashFiles(directory, roots, onDirectory) {
  /** @type {Map<string, string>} */
  const hashes = new Map();
  /** @param {string} path */
  async function visit(path) {
    if (isSkipped(path.slice(path.lastIndexOf('/') + 1))) return;
    const absolute = join(directory, path);
    const found = await unlessMissing(stat(absolute));
    if (found?.isDirectory()) {
      onDirectory?.(path);
      for (const name of (await unlessMissing(readdir(absolute))) ?? []) await visit(`${path}/${name}`);
    } else if (found?.isFile()) {
      const content = await unlessMissing(readFile(absolute));
      if (content) hashes.set(path, createHash('sha256').update(content).digest('hex'));
    }
  }
  for (const root of roots) await visit(root);
  return hashes;
}

/**
 * @param {Map<string, string>} hashes as `hashFiles` returns them
 * @returns {string} 12 hex digits
 */
export function revisionOf(hashes) {
  const paths = [...hashes.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const digest = createHash('sha256');
  for (const path of paths) digest.update(`${path}\0${hashes.get(path)}\n`);
  return digest.digest('hex').slice(0, 12);
}

/**
 * The revision of what runs: the one baked into the image, else that of the sources on disk.
 * @param {string} directory
 */
export async function currentRevision(directory) {
  const baked = await unlessMissing(readFile(join(directory, 'REVISION'), 'utf8'));
  return baked?.trim() || revisionOf(await hashFiles(directory, SOURCE_ROOTS));
}

/**
 * @template T
 * @param {Promise<T>} attempt
 * @returns {Promise<T | undefined>}
 */
async function unlessMissing(attempt) {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = dirname(dirname(fileURLToPath(import.meta.url)));
  console.log(revisionOf(await hashFiles(directory, SOURCE_ROOTS)));
}
