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
 * @param {import('./revision.mjs').Revision} served gets what is there, and then what has been applied
 * @param {(event: Event, path: string, link: boolean) => Promise<boolean>} apply resolves to whether the change took
 *   effect; `link` says whether the path is a link or was one
 * @param {import('./log.mjs').Log} log
 */
export async function watchSources(directory, roots, served, apply, log) {
  const files = new SourceFiles(directory, roots);
  files.look();
  /** As found by the last look. */
  const seen = new Map(files.hashes);
  for (const [path, hash] of seen) served.put(path, hash);
  /** Where something is not as it was last applied. @type {Set<string>} */
  const different = new Set();
  /** @type {Map<string, number>} path → when it was first found missing */
  const missing = new Map();
  /** @type {Map<string, { watcher: import('node:fs').FSWatcher, ino: number }>} by directory */
  const watched = new Map();
  /** Directories with a notification that was not looked into. @type {Set<string>} */
  const changed = new Set();
  let everythingAt = -Infinity;
  /** Whether a directory is not watched. */
  let blind = false;
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
    if (everything || blind || changed.size || different.size) lookInto(everything);
    for (const path of different) {
      const hash = files.hashes.get(path);
      if (hash !== undefined) missing.delete(path);
      if (hash !== seen.get(path)) {
        if (hash === undefined && !isGone(path)) continue;
        const event = hash === undefined ? 'unlink' : seen.has(path) ? 'change' : 'add';
        const effective = await apply(event, path, isLink(hash) || isLink(seen.get(path)));
        put(seen, path, hash);
        if (effective) served.put(path, hash);
      }
      different.delete(path);
    }
    if (different.size) lookLater(GRACE);
  }

  /** @param {boolean} everything */
  function lookInto(everything) {
    const since = performance.now();
    const before = new Set(changed);
    changed.clear();
    blind = false;
    /** @type {Set<string>} */
    const there = new Set(['.']);
    const found = files.look({
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
    for (const path of found) different.add(path);
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
      const watcher = watch(join(directory, path), (event, name) => {
        // Another directory may have taken the place of one, even with its inode.
        if (event === 'rename') forgetAll(path === '.' ? String(name) : `${path}/${name}`);
        changed.add(path);
        lookLater(SETTLE);
      });
      watcher.on('error', () => forget(path));
      watched.set(path, { watcher, ino });
    } catch (error) {
      blind = true;
      log('a directory cannot be watched: its changes show when /health is asked', { path, error: String(error) });
    }
  }

  /** @param {string} top of a directory, or of anything else */
  function forgetAll(top) {
    for (const path of watched.keys()) if (path === top || path.startsWith(`${top}/`)) forget(path);
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
    /** Resolves when all that had changed before the call has been applied. */
    async look() {
      await notified();
      await look();
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
