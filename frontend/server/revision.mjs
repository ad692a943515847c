/**
 * The revision: a short hash of the service's source tree. Equal revisions mean equal sources.
 *
 * scripts and the other services implement the same rule; one table of trees tests all of them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLink, SourceFiles, unlessGone } from './files.mjs';

/** What the revision covers, relative to the service directory. */
export const SOURCE_ROOTS = ['src', 'public', 'server', 'index.html', 'vite.config.ts'];

/** Lines between two states of the hash that are kept: after a change only those from the last one before it count. */
const STRIDE = 500;

/** The revision of files that come, change and go: with thousands of them a change costs as much as with hundreds. */
export class Revision {
  /** @type {Map<string, string>} by path */
  #lines = new Map();
  /** @type {string[] | undefined} in order */
  #paths;
  /** The hash before each STRIDE of lines. @type {import('node:crypto').Hash[]} */
  #states = [];
  /** @type {string | undefined} */
  #value;

  /** @param {Iterable<[string, string]>} [hashes] as in `SourceFiles.hashes` */
  constructor(hashes = []) {
    for (const [path, hash] of hashes) this.put(path, hash);
  }

  /** @param {string} path @param {string | undefined} hash undefined for a file that is gone */
  put(path, hash) {
    this.#value = undefined;
    if (hash === undefined || !this.#lines.has(path)) this.#paths = undefined;
    else if (this.#paths) this.#forgetFrom(indexOf(this.#paths, path));
    if (hash === undefined) this.#lines.delete(path);
    else this.#lines.set(path, `${path}\0${contentHash(hash)}\n`);
  }

  /** 12 hex digits. */
  get value() {
    return (this.#value ??= this.#compute());
  }

  /** @param {number} line whose content is no longer that of the states after it */
  #forgetFrom(line) {
    this.#states.length = Math.min(this.#states.length, 1 + Math.floor(line / STRIDE));
  }

  #compute() {
    if (!this.#paths) {
      this.#paths = [...this.#lines.keys()].sort(byBytes);
      this.#states = [createHash('sha256')];
    }
    for (let from = (this.#states.length - 1) * STRIDE; from < this.#paths.length; from += STRIDE) {
      const lines = this.#paths.slice(from, from + STRIDE).map((path) => this.#lines.get(path));
      this.#states.push(/** @type {import('node:crypto').Hash} */ (this.#states.at(-1)).copy().update(lines.join('')));
    }
    return /** @type {import('node:crypto').Hash} */ (this.#states.at(-1)).copy().digest('hex').slice(0, 12);
  }
}

/** @param {string} hash as in `SourceFiles.hashes` */
function contentHash(hash) {
  return isLink(hash) ? createHash('sha256').update(hash, 'latin1').digest('hex') : hash;
}

/** @param {string} a @param {string} b which of two paths comes first; up to U+D7FF characters are in order as bytes */
function byBytes(a, b) {
  if (/[\ud800-\uffff]/.test(a + b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @param {string[]} paths in order @param {string} path one of them */
function indexOf(paths, path) {
  let [low, high] = [0, paths.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byBytes(/** @type {string} */ (paths[middle]), path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {string} directory */
function revisionOf(directory) {
  const files = new SourceFiles(directory, SOURCE_ROOTS);
  files.look();
  return new Revision(files.hashes).value;
}

/**
 * The revision of what runs: the one baked into the image, else that of the sources on disk.
 * @param {string} directory
 */
export function currentRevision(directory) {
  const baked = unlessGone(() => readFileSync(join(directory, 'REVISION'), 'utf8'));
  return baked?.trim() || revisionOf(directory);
}

// By its name: the built server has this module in main.mjs, where it must not write to the log.
if (basename(process.argv[1] ?? '') === 'revision.mjs') {
  const directory = dirname(dirname(fileURLToPath(import.meta.url)));
  console.log(revisionOf(directory));
}
