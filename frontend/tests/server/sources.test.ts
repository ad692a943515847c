import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { revisionOf } from '../../server/revision.mjs';
import { watchSources } from '../../server/sources.mjs';

let directory: string;
let told: string[];
let sources: Awaited<ReturnType<typeof watchSources>>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sources-'));
  mkdirSync(join(directory, 'src/deep'), { recursive: true });
  writeFileSync(join(directory, 'src/a.ts'), 'a');
  told = [];
  const tell = (event: string, path: string) => {
    told.push(`${event} ${path}`);
    if (path.includes('stuck') && told.length === 1) return Promise.reject(new Error('cannot take this up'));
    return Promise.resolve(!path.includes('refused'));
  };
  sources = await watchSources(directory, ['src', 'index.html'], tell, () => {});
});
afterEach(() => {
  sources.close();
  rmSync(directory, { recursive: true });
});

const write = (path: string, content: string) => writeFileSync(join(directory, path), content);
const untilTold = (...expected: string[]) => vi.waitFor(() => expect(told).toEqual(expected), 10_000);

test('files that come, change and go are told of without anyone asking', async () => {
  write('src/deep/b.ts', 'b');
  await untilTold('add src/deep/b.ts');
  write('src/deep/b.ts', 'bb');
  await untilTold('add src/deep/b.ts', 'change src/deep/b.ts');
  rmSync(join(directory, 'src/deep/b.ts'));
  await untilTold('add src/deep/b.ts', 'change src/deep/b.ts', 'unlink src/deep/b.ts');
});

test('a root that did not exist, and a directory replaced by another, are followed', async () => {
  write('index.html', '<!doctype html>');
  await untilTold('add index.html');
  rmSync(join(directory, 'src/deep'), { recursive: true });
  mkdirSync(join(directory, 'src/deep'));
  write('src/deep/c.ts', 'c');
  await untilTold('add index.html', 'add src/deep/c.ts');
  write('src/deep/c.ts', 'cc');
  await untilTold('add index.html', 'add src/deep/c.ts', 'change src/deep/c.ts');
});

test('a file replaced by another has changed, not gone', async () => {
  rmSync(join(directory, 'src/a.ts'));
  await sources.served();
  write('src/a.ts', 'new');
  await sources.served();
  write('new', 'newer');
  renameSync(join(directory, 'new'), join(directory, 'src/a.ts'));
  await sources.served();
  expect(told).toEqual(['change src/a.ts', 'change src/a.ts']);
});

test('the same content written again is no change', async () => {
  const before = revisionOf(await sources.served());
  write('src/a.ts', 'a');
  expect(revisionOf(await sources.served())).toBe(before);
  expect(told).toEqual([]);
});

test('a change that was not taken up is told once, and is not part of what is served', async () => {
  write('src/refused.ts', 'x');
  expect([...(await sources.served()).keys()]).toEqual(['src/a.ts']);
  await sources.served();
  expect(told).toEqual(['add src/refused.ts']);
});

test('a look that failed is made up for by the next', async () => {
  write('src/stuck.ts', 'x');
  await expect(sources.served()).rejects.toThrow('cannot take this up');
  expect((await sources.served()).has('src/stuck.ts')).toBe(true);
});
