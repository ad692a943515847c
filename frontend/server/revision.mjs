/**
 * The revision: a short hash of the service's source tree. Equal revisions mean equal sources.
 *
 * scripts and the other services implement the same rule; one table of trees tests all of them.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLink, SourceFiles, unlessGone } from './files.mjs';

/** What the revision covers, relative to the service directory. */
export const SOURCE_ROOTS = ['src', 'public', 'server', 'index.html', 'vite.config.ts'];

/**
 * @param {Map<string, string>} hashes as `SourceFiles.look` returns them
 * @returns {string} 12 hex digits
 */
export function revisionOf(hashes) {
  const lines = inOrder([...hashes.keys()]).map((path) => {
    const hash = hashes.get(path) ?? '';
    return `${path}\0${isLink(hash) ? createHash('sha256').update(hash, 'latin1').digest('hex') : hash}\n`;
  });
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 12);
}

/** @param {string[]} paths sorted by their bytes, which is the order of their characters up to U+D7FF */
function inOrder(paths) {
  if (!paths.some((path) => /[\ud800-\uffff]/.test(path))) return paths.sort();
  return paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/**
 * The revision of what runs: the one baked into the image, else that of the sources on disk.
 * @param {string} directory
 */
export function currentRevision(directory) {
  const baked = unlessGone(() => readFileSync(join(directory, 'REVISION'), 'utf8'));
  return baked?.trim() || revisionOf(new SourceFiles(directory, SOURCE_ROOTS).look());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const directory = dirname(dirname(fileURLToPath(import.meta.url)));
  console.log(revisionOf(new SourceFiles(directory, SOURCE_ROOTS).look()));
}
