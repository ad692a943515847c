/**
 * Notices changes of the sources by their content.
 *
 * Watchers that compare modification times miss the second of two saves within a second when files arrive by tar,
 * which carries whole seconds. A missed save is served stale until the next edit.
 */
import { watch } from 'node:fs';
import { join } from 'node:path';
import { hashFiles, isLink } from './revision.mjs';

/** @typedef {'add' | 'change' | 'unlink'} Event */

/** Time for a file to be written whole, in milliseconds. */
const SETTLE = 15;
/** A file replaced by another is missing for a moment; one that is missing for longer is gone. */
const GRACE = 100;

/**
 * @param {string} directory
 * @param {string[]} roots
 * @param {(event: Event, path: string, link: boolean) => Promise<boolean>} apply resolves to whether the change took
 *   effect; `link` says whether the path is a link or was one
 * @param {import('./log.mjs').Log} log
 */
export async function watchSources(directory, roots, apply, log) {
  /** As found by the last look. */
  const seen = await hashFiles(directory, roots);
  /** As applied. */
  const served = new Map(seen);
  /** @type {Map<string, number>} path → when it was first found missing */
  const missing = new Map();
  /** @type {Map<string, import('node:fs').FSWatcher>} */
  const watchers = new Map();
  /** @type {Promise<void>} */
  let looking = Promise.resolve();
  let queued = false;
  let closed = false;

  /** Looks run one after the other, also after one that failed; at most one waits. */
  function look() {
    if (!queued) {
      queued = true;
      looking = looking.catch(() => undefined).then(() => {
        queued = false;
        return closed ? undefined : lookOnce();
      });
    }
    return looking;
  }

  async function lookOnce() {
    /** @type {Set<string>} */
    const directories = new Set(['.']);
    // Watched first, read second: what changes in between is looked at again.
    const now = await hashFiles(directory, roots, (path) => {
      directories.add(path);
      follow(path);
    });
    for (const [path, watcher] of watchers) {
      if (!directories.has(path)) forget(path, watcher);
    }
    for (const path of new Set([...seen.keys(), ...now.keys()])) {
      const hash = now.get(path);
      if (hash !== undefined) missing.delete(path);
      if (hash === seen.get(path) || (hash === undefined && !isGone(path))) continue;
      const event = hash === undefined ? 'unlink' : seen.has(path) ? 'change' : 'add';
      const taken = await apply(event, path, isLink(hash) || isLink(seen.get(path)));
      put(seen, path, hash);
      if (taken) put(served, path, hash);
    }
  }

  /** @param {string} path */
  function isGone(path) {
    const since = missing.get(path) ?? performance.now();
    missing.set(path, since);
    if (performance.now() - since >= GRACE) return missing.delete(path);
    lookLater(GRACE);
    return false;
  }

  /** @param {string} path of a directory */
  function follow(path) {
    if (watchers.has(path) || closed) return;
    try {
      const watcher = watch(join(directory, path), (event, name) => {
        const child = path === '.' ? String(name) : `${path}/${name}`;
        const replaced = watchers.get(child);
        if (event === 'rename' && replaced) forget(child, replaced);
        lookLater(SETTLE);
      });
      watcher.on('error', () => forget(path, watcher));
      watchers.set(path, watcher);
    } catch (error) {
      log('a directory cannot be watched: its changes show when /health is asked', { path, error: String(error) });
    }
  }

  /** @param {string} path @param {import('node:fs').FSWatcher} watcher */
  function forget(path, watcher) {
    watcher.close();
    watchers.delete(path);
  }

  /** @param {number} delay */
  function lookLater(delay) {
    setTimeout(() => {
      look().catch((/** @type {unknown} */ error) => log('the sources cannot be read', { error: String(error) }));
    }, delay).unref();
  }

  follow('.');
  await look();
  return {
    /** Looks again first, so that no change waits for a notification that got lost. */
    async served() {
      await look();
      return new Map(served);
    },
    close() {
      closed = true;
      for (const [path, watcher] of watchers) forget(path, watcher);
    },
  };
}

/** @param {Map<string, string>} map @param {string} key @param {string | undefined} value */
function put(map, key, value) {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
