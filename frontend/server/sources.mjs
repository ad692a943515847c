/**
 * Notices changes of the sources by their content.
 *
 * Watchers that compare modification times miss the second of two saves within a second when files arrive by tar,
 * which carries whole seconds. A missed save is served stale until the next edit.
 */
import { watch } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isLink, SourceFiles } from './files.mjs';

/** @typedef {'add' | 'change' | 'unlink'} Event */

/** Time for a file to be written whole, in milliseconds. */
const SETTLE = 15;
/** A file replaced by another is missing for a moment; one that is missing for longer is gone. */
const GRACE = 100;
/** Notifications can get lost: so long after one look at everything, in milliseconds, there may be another. */
const LOOK_AGAIN = 2000;
/** Nor does looking at everything take more of the time than a hundredth. */
const SHARE = 100;

/**
 * @param {string} directory
 * @param {string[]} roots
 * @param {(event: Event, path: string, link: boolean) => Promise<boolean>} apply resolves to whether the change took
 *   effect; `link` says whether the path is a link or was one
 * @param {import('./log.mjs').Log} log
 */
export async function watchSources(directory, roots, apply, log) {
  const files = new SourceFiles(directory, roots);
  /** As found by the last look. */
  const seen = files.look();
  /** As applied. Replaced by another map when that changes. */
  let served = new Map(seen);
  /** @type {Map<string, number>} path → when it was first found missing */
  const missing = new Map();
  /** @type {Map<string, { watcher: import('node:fs').FSWatcher, ino: number }>} by directory */
  const watched = new Map();
  /** Directories with a notification that was not looked into. @type {Set<string>} */
  const changed = new Set();
  let everythingAt = -Infinity;
  let unfinished = true;
  /** @type {Promise<void>} */
  let looking = Promise.resolve();
  let queued = false;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
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
    const everything = performance.now() >= everythingAt;
    if (!everything && !unfinished && !changed.size) return;
    unfinished = true;
    const now = lookInto(everything);
    /** @type {Map<string, string> | undefined} */
    let taken;
    for (const path of new Set([...seen.keys(), ...now.keys()])) {
      const hash = now.get(path);
      if (hash !== undefined) missing.delete(path);
      if (hash === seen.get(path) || (hash === undefined && !isGone(path))) continue;
      const event = hash === undefined ? 'unlink' : seen.has(path) ? 'change' : 'add';
      const effective = await apply(event, path, isLink(hash) || isLink(seen.get(path)));
      put(seen, path, hash);
      if (!effective) continue;
      served = taken ??= new Map(served);
      put(taken, path, hash);
    }
    unfinished = missing.size > 0;
    if (unfinished) lookLater(GRACE);
  }

  /** @param {boolean} everything */
  function lookInto(everything) {
    const since = performance.now();
    const before = new Set(changed);
    changed.clear();
    /** @type {Set<string>} */
    const there = new Set(['.']);
    const now = files.look({
      mayDiffer: (path) => everything || before.has(path) || !watched.has(path),
      // Watched first, read second: what changes in between is looked at again.
      onFolder(path, ino) {
        there.add(path);
        follow(path, ino);
      },
    });
    for (const path of watched.keys()) if (!there.has(path)) forget(path);
    const end = performance.now();
    if (everything) everythingAt = end + Math.max(LOOK_AGAIN, SHARE * (end - since));
    return now;
  }

  /** @param {string} path */
  function isGone(path) {
    const since = missing.get(path) ?? performance.now();
    missing.set(path, since);
    return performance.now() - since >= GRACE && missing.delete(path);
  }

  /** @param {string} path of a directory @param {number} ino its inode: another one is another directory */
  function follow(path, ino) {
    if (closed || watched.get(path)?.ino === ino) return;
    forget(path);
    try {
      const watcher = watch(join(directory, path), () => {
        changed.add(path);
        lookLater(SETTLE);
      });
      watcher.on('error', () => forget(path));
      watched.set(path, { watcher, ino });
    } catch (error) {
      log('a directory cannot be watched: its changes show when /health is asked', { path, error: String(error) });
    }
  }

  /** @param {string} path */
  function forget(path) {
    watched.get(path)?.watcher.close();
    watched.delete(path);
  }

  /** @param {number} delay */
  function lookLater(delay) {
    timer ??= setTimeout(() => {
      timer = undefined;
      look().catch((/** @type {unknown} */ error) => log('the sources cannot be read', { error: String(error) }));
    }, delay);
    timer.unref();
  }

  follow('.', 0);
  await look();
  return {
    /** What has been taken up, all that changed before the call included. The same map as long as that is the same. */
    async served() {
      await notified();
      await look();
      return served;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const path of watched.keys()) forget(path);
    },
  };
}

/** Resolves when all notifications that were waiting have been delivered: after a whole turn of the event loop. */
async function notified() {
  await setImmediate();
  await setImmediate();
}

/** @param {Map<string, string>} map @param {string} key @param {string | undefined} value */
function put(map, key, value) {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
