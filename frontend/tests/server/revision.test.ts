import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentRevision, Revision } from '../../server/revision.mjs';

/** A table of trees outside of this service tests every implementation of the rule; this is one of them. */
const TREE = {
  'index.html': '<!doctype html>\n',
  'src/Zebra.tsx': 'zebra\n',
  'src/apple.tsx': 'apple\n',
  'src/empty.ts': '',
  'src/é.ts': 'naïve\n',
  'public/icon.svg': '<svg/>\n',
  'server/main.mjs': 'main\n',
};
const REVISION = '6b8a0cd6cffe';

let directory: string;

function write(files: Record<string, string>) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'revision-'));
  write(TREE);
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a known tree has a known revision', () => {
  expect(currentRevision(directory)).toBe(REVISION);
});

test('what editors and tools leave behind does not count', () => {
  write({
    'src/.apple.tsx.swp': 'x',
    'src/apple.tsx~': 'x',
    'src/.cache/entry': 'x',
    'src/node_modules/thing/index.js': 'x',
    'src/__pycache__/a.pyc': 'x',
    'server/b.pyc': 'x',
    'README.md': 'outside the roots',
  });
  expect(currentRevision(directory)).toBe(REVISION);
});

test('another content, another name and another file each make another revision', () => {
  const seen = new Set([REVISION]);
  for (const change of [{ 'src/apple.tsx': 'pear\n' }, { 'src/sub/apple.tsx': 'pear\n' }, { 'vite.config.ts': '' }]) {
    write(change);
    seen.add(currentRevision(directory));
  }
  expect(seen.size).toBe(4);
});

test('the revision baked into an image goes before the files', () => {
  write({ REVISION: 'abcdef012345\n' });
  expect(currentRevision(directory)).toBe('abcdef012345');
});

test('a revision that follows its files is that of the files, however many there are', () => {
  const hashes = new Map<string, string>();
  const following = new Revision();
  const put = (path: string, hash: string | undefined) => {
    if (hash === undefined) hashes.delete(path);
    else hashes.set(path, hash);
    following.put(path, hash);
  };
  for (let number = 0; number < 1200; number++) put(`public/${number}`, `first ${number}`);
  for (const path of ['public/0', 'public/999', 'public/42', 'src/é', 'src/\u{1f600}', 'src/\uffee', 'a', 'z']) {
    for (const hash of ['second', 'third', '-> a', undefined, 'fourth']) {
      put(path, hash);
      expect(following.value).toBe(new Revision(hashes).value);
    }
  }
});
