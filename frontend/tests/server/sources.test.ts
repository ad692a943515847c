import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Revision } from '../../server/revision.mjs';
import { watchSources } from '../../server/sources.mjs';

let directory: string;
let applied: string[];
let served: Revision;
let sources: Awaited<ReturnType<typeof watchSources>>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sources-'));
  mkdirSync(join(directory, 'src/deep'), { recursive: true });
  writeFileSync(join(directory, 'src/a.ts'), 'a');
  applied = [];
  const apply = (event: string, path: string, link: boolean) => {
    applied.push(`${event} ${link ? 'link ' : ''}${path}`);
    if (path.includes('stuck') && applied.length === 1) return Promise.reject(new Error('cannot take this up'));
    return Promise.resolve(!path.includes('refused'));
  };
  served = new Revision();
  sources = await watchSources(directory, ['src', 'index.html'], served, apply, () => {});
});
afterEach(() => {
  sources.close();
  rmSync(directory, { recursive: true });
});

const write = (path: string, content: string) => writeFileSync(join(directory, path), content);
const untilApplied = (...expected: string[]) => vi.waitFor(() => expect(applied).toEqual(expected), 10_000);

test('files that come, change and go are noticed without anyone asking', async () => {
  write('src/deep/b.ts', 'b');
  await untilApplied('add src/deep/b.ts');
  write('src/deep/b.ts', 'bb');
  await untilApplied('add src/deep/b.ts', 'change src/deep/b.ts');
  rmSync(join(directory, 'src/deep/b.ts'));
  await untilApplied('add src/deep/b.ts', 'change src/deep/b.ts', 'unlink src/deep/b.ts');
});

test('a root that did not exist, and a directory replaced by another, are followed', async () => {
  write('index.html', '<!doctype html>');
  await untilApplied('add index.html');
  rmSync(join(directory, 'src/deep'), { recursive: true });
  mkdirSync(join(directory, 'src/deep'));
  write('src/deep/c.ts', 'c');
  await untilApplied('add index.html', 'add src/deep/c.ts');
  write('src/deep/c.ts', 'cc');
  await untilApplied('add index.html', 'add src/deep/c.ts', 'change src/deep/c.ts');
});

test('a directory replaced by another with the same directories in it is followed to the bottom', async () => {
  mkdirSync(join(directory, 'other/deeper'), { recursive: true });
  mkdirSync(join(directory, 'src/deep/deeper'));
  write('src/deep/deeper/a.ts', 'a');
  await sources.look();
  renameSync(join(directory, 'src/deep'), join(directory, 'old'));
  renameSync(join(directory, 'other'), join(directory, 'src/deep'));
  write('src/deep/deeper/a.ts', 'b');
  await untilApplied('add src/deep/deeper/a.ts', 'change src/deep/deeper/a.ts');
  write('src/deep/deeper/a.ts', 'c');
  await untilApplied('add src/deep/deeper/a.ts', 'change src/deep/deeper/a.ts', 'change src/deep/deeper/a.ts');
});

test('a change that keeps size and modification time is one', async () => {
  const { atime, mtime } = statSync(join(directory, 'src/a.ts'));
  write('src/a.ts', 'A');
  utimesSync(join(directory, 'src/a.ts'), atime, mtime);
  await sources.look();
  expect(applied).toEqual(['change src/a.ts']);
});

test('a file replaced by another has changed, not gone', async () => {
  rmSync(join(directory, 'src/a.ts'));
  await sources.look();
  write('src/a.ts', 'new');
  await sources.look();
  write('new', 'newer');
  renameSync(join(directory, 'new'), join(directory, 'src/a.ts'));
  await sources.look();
  expect(applied).toEqual(['change src/a.ts', 'change src/a.ts']);
});

test('what is a link, or was one, is said to be one', async () => {
  symlinkSync('a.ts', join(directory, 'src/link.ts'));
  await sources.look();
  rmSync(join(directory, 'src/link.ts'));
  symlinkSync('deep', join(directory, 'src/link.ts'));
  await sources.look();
  rmSync(join(directory, 'src/link.ts'));
  write('src/link.ts', 'no link');
  await sources.look();
  write('src/link.ts', 'still none');
  await sources.look();
  const link = 'src/link.ts';
  expect(applied).toEqual([`add link ${link}`, `change link ${link}`, `change link ${link}`, `change ${link}`]);
});

test('what does not count is not applied, and does not keep what does from being', async () => {
  const odd = Buffer.concat([Buffer.from(join(directory, 'src/')), Buffer.from([0xe9])]);
  writeFileSync(odd, 'not UTF-8');
  execFileSync('mkfifo', [join(directory, 'src/pipe')]);
  symlinkSync('.', join(directory, 'src/loop'));
  symlinkSync('/etc', join(directory, 'src/outside'));
  write('src/#a.ts#', 'x');
  write('src/new.ts', 'x');
  await sources.look();
  expect(applied).toEqual(['add src/new.ts']);
});

test('the same content written again is no change', async () => {
  const before = served.value;
  write('src/a.ts', 'a');
  await sources.look();
  expect(served.value).toBe(before);
  expect(applied).toEqual([]);
});

test('a change that was not taken up is tried once, and is not part of what is served', async () => {
  write('src/refused.ts', 'x');
  const before = served.value;
  await sources.look();
  await sources.look();
  expect(served.value).toBe(before);
  expect(applied).toEqual(['add src/refused.ts']);
});

test('a look that failed is made up for by the next', async () => {
  write('src/stuck.ts', 'x');
  const before = served.value;
  await expect(sources.look()).rejects.toThrow('cannot take this up');
  expect(served.value).toBe(before);
  await sources.look();
  expect(served.value).not.toBe(before);
});
