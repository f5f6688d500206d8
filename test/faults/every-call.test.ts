import { spawnSync } from 'node:child_process';
import fs, { linkSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { jsonFile } from '../../src/stores/json-file.ts';
import type { Store } from '../../src/stores/store.ts';
import { edit, localOf } from '../stores/local.ts';
import { leftovers, temporaryFolder } from './harness/folder.ts';
import { systemError } from './harness/replace-call.ts';

/** Every function of `node:fs` that a save calls. */
const CALLS = [
  'accessSync',
  'closeSync',
  'fchmodSync',
  'fchownSync',
  'fstatSync',
  'fsyncSync',
  'ftruncateSync',
  'linkSync',
  'lstatSync',
  'openSync',
  'readdirSync',
  'readSync',
  'renameSync',
  'statSync',
  'unlinkSync',
  'writeFileSync',
  'writeSync',
] as const;
type Call = (typeof CALLS)[number];

/** Of all calls of the functions since this began, fails the one with this number. `close` closes first, as on Linux. */
function failCall(number: number): { readonly calls: () => readonly Call[] } {
  const calls: Call[] = [];
  for (const name of CALLS) {
    const real = fs[name] as (...args: readonly unknown[]) => unknown;
    vi.spyOn(fs, name).mockImplementation(((...args: readonly unknown[]) => {
      calls.push(name);
      const isFailing = calls.length === number;
      if (isFailing && name !== 'closeSync') throw systemError('EIO', { syscall: name });
      const result = real(...args);
      if (isFailing) throw systemError('EIO', { syscall: name });
      return result;
    }) as never);
  }
  syncBuiltinESMExports();
  return { calls: () => calls };
}

function restoreCalls(): void {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
}

afterEach(restoreCalls);

const WAYS: readonly (readonly [string, object, (store: Store) => Promise<unknown>])[] = [
  ['a write', {}, (store) => store.read().then(({ revision }) => store.write('new', { expect: revision, id: 'a' }))],
  ['an edit', {}, (store) => localOf(store).edit(() => 'new', { isSynchronous: true })],
  ['an asynchronous edit', {}, (store) => localOf(store).edit(async () => 'new')],
  ['an overwriting edit', { inPlace: true }, (store) => edit(store, () => 'new')],
];

describe('whichever system call of a save fails once', { timeout: 120_000 }, () => {
  test.for(WAYS)('%s is either made or refused, and the next one succeeds', async ([, options, save], { skip }) => {
    if ('inPlace' in options && spawnSync('flock', ['-V']).error) skip('it needs flock');
    // A lock that could not be removed is removed a second later.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const failed: string[] = [];
    for (let number = 1; ; number += 1) {
      const folder = temporaryFolder();
      const path = join(folder, 'app.json');
      writeFileSync(path, 'old');
      if ('inPlace' in options) linkSync(path, join(folder, 'other.json'));
      const store = jsonFile(path, { ...options, lockTimeout: 2_000 });
      await edit(store, () => 'before');
      const { calls } = failCall(number);
      const outcome = await save(store).then(
        () => 'new',
        (error) => (error.name === 'ConfigError' && error.code === 'UNAVAILABLE' ? 'before' : String(error)),
      );
      restoreCalls();
      vi.advanceTimersByTime(1_000);
      const name = `${calls().slice(0, number).join(' ')}`;
      if (readFileSync(path, 'utf8') !== outcome) failed.push(`${name}: ${outcome}`);
      await edit(store, () => 'next').catch((error) => failed.push(`${name}: then ${error.code}`));
      // The next process removes them.
      await edit(jsonFile(path, options), () => 'last');
      failed.push(...leftovers(folder).map((left) => `${name}: left ${left}`));
      if (calls().length < number) break;
    }
    expect(failed).toEqual([]);
  });
});
