import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FilesWatch } from '../../src/sources/files-watch.ts';
import { PathsWatch } from '../../src/sources/paths-watch.ts';
import type { SchemaView, SourceResult } from '../../src/sources/source.ts';
import { folder } from '../folder.ts';

const result: SourceResult = { entries: new Map() };
const schema: SchemaView = { settings: () => [], setting: () => undefined };

/** Timers that run only where a test says so. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

test.each([
  [
    'a source',
    (files: () => readonly string[], changed: () => void) =>
      new FilesWatch(() => ({ result, files: files() }), { schema, poll: 30, changed }),
  ],
  [
    'no source',
    (files: () => readonly string[], changed: () => void) => new PathsWatch(files, { schema, poll: 30, changed }),
  ],
])('of %s, the files of the last read are watched, until the watch is closed', async (_, watchOf) => {
  stopTimers();
  const at = folder({ a: '1', b: '1' });
  const [a, b] = [join(at.path, 'a'), join(at.path, 'b')];
  let files: readonly string[] = [];
  const changed = vi.fn();
  const watch = watchOf(() => files, changed);
  const timers = (given: readonly string[]): number => {
    files = given;
    watch.read();
    // A watch begins with a timer that runs once.
    vi.advanceTimersByTime(1);
    return vi.getTimerCount();
  };
  expect(timers([])).toBe(0);
  const one = timers([a]);
  expect(one).toBeGreaterThan(0);
  expect(timers([b, a])).toBe(2 * one);
  expect(timers([a, b])).toBe(2 * one);
  expect(timers([b])).toBe(one);
  expect(timers([a])).toBe(one);
  changed.mockClear();
  at.write('b', '22');
  vi.advanceTimersByTime(30);
  expect(changed).not.toHaveBeenCalled();
  at.write('a', '22');
  vi.advanceTimersByTime(30);
  expect(changed).toHaveBeenCalled();
  const closed = watch.close();
  // At once: other work of this process may set timers while the end is awaited.
  expect(vi.getTimerCount()).toBe(0);
  await closed;
});

test('a file that is written in place is read once it stays unchanged, one that is replaced at once', async () => {
  stopTimers();
  const at = folder({ file: '1' });
  const files = [join(at.path, 'file')];
  const changed = vi.fn();
  const watch = new FilesWatch(() => ({ result, files }), { schema, poll: 30, changed });
  const readAfter = (ms: number): SourceResult | undefined => {
    vi.advanceTimersByTime(ms);
    return watch.read();
  };
  expect(readAfter(1)).toBe(result);
  at.write('file', '22');
  expect([readAfter(0), changed.mock.calls.length]).toEqual([undefined, 0]);
  expect(readAfter(30)).toBeUndefined();
  changed.mockClear();
  vi.advanceTimersByTime(100);
  expect([changed.mock.calls.length, watch.read()]).toEqual([0, result]);
  vi.advanceTimersByTime(1);
  expect(changed).toHaveBeenCalledTimes(1);
  at.write('new', '333');
  renameSync(join(at.path, 'new'), join(at.path, 'file'));
  expect(readAfter(30)).toBe(result);
  // Its inode may be that of the file before.
  rmSync(join(at.path, 'file'));
  at.write('file', '4444');
  expect(readAfter(30)).toBe(result);
  rmSync(join(at.path, 'file'));
  expect([readAfter(30), readAfter(2_000)]).toEqual([undefined, result]);
  at.write('file', '4');
  expect(readAfter(30)).toBe(result);
  // What cannot be read lasts once it is reported.
  rmSync(join(at.path, 'file'));
  mkdirSync(join(at.path, 'file'));
  expect([readAfter(0), readAfter(30)]).toEqual([undefined, result]);
  await watch.close();
});

test('the list of files that belong to no source is followed once for each change of it', async () => {
  stopTimers();
  let paths: readonly string[] = ['/a', '/b'];
  const watch = new PathsWatch(() => paths, { schema, changed: () => undefined });
  expect(watch.follow()).toBe(false);
  for (const [changed, isNew] of [
    [['/b', '/a'], false],
    [['/b', '/c'], true],
    [['/b'], true],
    [[], true],
    [[], false],
  ] as const) {
    paths = changed;
    expect([changed, watch.follow()]).toEqual([changed, isNew]);
    expect(watch.follow()).toBe(false);
  }
  await watch.close();
});
