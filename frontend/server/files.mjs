/**
 * The source files of a service by their contents, read again only where something may have changed.
 *
 * A file is known by its inode, size and change time, which no tool can set; only one that was changed just before it
 * was read is read again, as the next change may get the same time.
 */
import { createHash } from 'node:crypto';
import { constants, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** @typedef {{ hash: string, ino: number, size: number, changed: number, sure: boolean }} File */
/** @typedef {{ ino: number, files: Map<string, File>, folders: Map<string, Folder> }} Folder */

const NOT_SOURCES = ['__pycache__', 'node_modules', '4913'];
const TEMPORARY = ['~', '.pyc', '.bak', '.swp', '___jb_tmp___', '___jb_old___'];
const LINK = '-> ';
/** Deleted or replaced while it was read, or unreadable; EINVAL is what readlink says of a file. */
const GONE = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ELOOP', 'EACCES'];
/** Follows no link and waits for no pipe that has just taken the file's place. */
const REGULAR = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Clocks of file systems are as coarse as this, in milliseconds. */
const COARSE = 2000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What a look asks: whether to read a directory again (one that was never read is in any case), and what to do before
 * it is read. Paths are POSIX, relative to the service directory.
 * @typedef {{ mayDiffer: (path: string) => boolean, onFolder: (path: string, ino: number) => void }} Ask
 */
/** @type {Ask} */
const EVERYTHING = { mayDiffer: () => true, onFolder: () => undefined };

/** The files and links at or below some roots. Links are never followed. Roots that do not exist are left out. */
export class SourceFiles {
  /**
   * As of the last look: path → what is there, the hex sha256 of a file's content, or `-> ` and a link's target, a
   * character for each byte.
   * @type {Map<string, string>}
   */
  hashes = new Map();
  #directory;
  #roots;
  /** @type {Folder} */
  #known = { ino: 0, files: new Map(), folders: new Map() };
  /** @type {Set<string>} */
  #different = new Set();

  /** @param {string} directory the service directory @param {string[]} roots relative to it */
  constructor(directory, roots) {
    this.#directory = directory;
    this.#roots = roots;
  }

  /**
   * What vanishes while it is read is left out.
   * @returns {Set<string>} the paths at which it is not as it was
   */
  look(ask = EVERYTHING) {
    this.#different = new Set();
    this.#known = this.#children('', this.#roots, this.#known, ask);
    return this.#different;
  }

  /**
   * @param {string} path of a directory
   * @param {string[]} names in it
   * @param {Folder | undefined} before
   * @param {Ask} ask
   */
  #children(path, names, before, ask) {
    /** @type {Folder} */
    const found = { ino: before?.ino ?? 0, files: new Map(), folders: new Map() };
    for (const name of names) {
      const child = path ? `${path}/${name}` : name;
      const absolute = join(this.#directory, child);
      const stats = isSkipped(name) ? undefined : unlessGone(() => lstatSync(absolute));
      if (stats?.isDirectory()) {
        found.folders.set(name, this.#folder(child, stats.ino, before?.folders.get(name), ask));
      } else if (stats) {
        const file = read(absolute, child, stats, before?.files.get(name));
        if (file) found.files.set(name, file);
        if (file && this.hashes.get(child) !== file.hash) this.#put(child, file.hash);
      }
    }
    if (before) this.#remove(path, before, found);
    return found;
  }

  /**
   * @param {string} path
   * @param {number} ino
   * @param {Folder | undefined} before
   * @param {Ask} ask
   * @returns {Folder}
   */
  #folder(path, ino, before, ask) {
    const differs = !before || before.ino !== ino || ask.mayDiffer(path);
    ask.onFolder(path, ino);
    if (differs) {
      const names = unlessGone(() => readdirSync(join(this.#directory, path), { encoding: 'buffer' })) ?? [];
      const readable = names.map(decoded).filter((name) => name !== undefined);
      return { ...this.#children(path, readable, before, ask), ino };
    }
    for (const [name, folder] of before.folders) {
      before.folders.set(name, this.#folder(`${path}/${name}`, folder.ino, folder, ask));
    }
    return before;
  }

  /**
   * Take out what was in a directory and no longer is.
   * @param {string} path
   * @param {Folder} before
   * @param {Folder} [now]
   */
  #remove(path, before, now) {
    const below = path && `${path}/`;
    for (const name of before.files.keys()) if (!now?.files.has(name)) this.#put(below + name, undefined);
    for (const [name, folder] of before.folders) if (!now?.folders.has(name)) this.#remove(below + name, folder);
  }

  /** @param {string} path @param {string | undefined} hash */
  #put(path, hash) {
    if (hash === undefined) this.hashes.delete(path);
    else this.hashes.set(path, hash);
    this.#different.add(path);
  }
}

/** @param {string | undefined} hash as in `hashes` */
export function isLink(hash) {
  return hash?.startsWith(LINK) ?? false;
}

/**
 * @template T
 * @param {() => T} attempt
 * @returns {T | undefined}
 */
export function unlessGone(attempt) {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.includes(String(error.code))) return undefined;
    throw error;
  }
}

/**
 * @param {string} absolute
 * @param {string} path
 * @param {import('node:fs').Stats} stats
 * @param {File | undefined} before
 * @returns {File | undefined}
 */
function read(absolute, path, stats, before) {
  const { ino, size, ctimeMs: changed } = stats;
  if (before?.sure && before.ino === ino && before.size === size && before.changed === changed) return before;
  const sure = changed < Date.now() - COARSE;
  if (stats.isFile()) {
    const content = unlessGone(() => readFileSync(absolute, { flag: REGULAR }));
    return content && { hash: createHash('sha256').update(content).digest('hex'), ino, size, changed, sure };
  }
  const target = stats.isSymbolicLink() && unlessGone(() => readlinkSync(absolute, { encoding: 'latin1' }));
  if (!target || isBad(Buffer.from(path).toString('latin1'), target)) return undefined;
  return { hash: LINK + target, ino, size, changed, sure };
}

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

/** @param {Buffer} name @returns {string | undefined} undefined for a name that is not UTF-8 */
function decoded(name) {
  try {
    return utf8.decode(name);
  } catch {
    return undefined;
  }
}
