import fs, { type BigIntStats, type FSWatcher, type Stats } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished, vi } from 'vitest';

/** Functions of `node:fs` that tests let fail. */
type Call =
  | 'accessSync'
  | 'fchmodSync'
  | 'fchownSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'futimesSync'
  | 'linkSync'
  | 'lstatSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'readSync'
  | 'renameSync'
  | 'statSync'
  | 'unlinkSync'
  | 'writeSync';

/**
 * Lets the next call of a function of `node:fs` do `act` instead, or the one after so many others. All others are real;
 * returns how many there were.
 */
export function replaceNextCall(name: Call, act: (...args: readonly string[]) => unknown, after = 0): () => number {
  const real = fs[name];
  const calls = vi.spyOn(fs, name);
  for (let i = 0; i < after; i++) calls.mockImplementationOnce(real as never);
  calls.mockImplementationOnce((...args: readonly unknown[]) => act(...args.map(String)) as never);
  syncBuiltinESMExports();
  onTestFinished(() => {
    calls.mockRestore();
    syncBuiltinESMExports();
  });
  return () => calls.mock.calls.length;
}

/** Lets every call of a function of `node:fs` do `act` instead. */
export function replaceCalls(name: Call, act: () => unknown): void {
  const calls = vi.spyOn(fs, name).mockImplementation(act as never);
  syncBuiltinESMExports();
  onTestFinished(() => {
    calls.mockRestore();
    syncBuiltinESMExports();
  });
}

/** The first argument of each call of a function of `node:fs` from now on. */
export function recordCalls(name: Call): () => readonly string[] {
  const calls = vi.spyOn(fs, name);
  syncBuiltinESMExports();
  onTestFinished(() => {
    calls.mockRestore();
    syncBuiltinESMExports();
  });
  return () => calls.mock.calls.map(([first]) => String(first));
}

/** The watchers that `watch` of `node:fs` returns from now on. */
export function recordWatchers(): readonly FSWatcher[] {
  const watchers: FSWatcher[] = [];
  const real = fs.watch as (...args: readonly unknown[]) => FSWatcher;
  const calls = vi.spyOn(fs, 'watch').mockImplementation((...args: readonly unknown[]) => {
    const watcher = real(...args);
    watchers.push(watcher);
    return watcher;
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    calls.mockRestore();
    syncBuiltinESMExports();
  });
  return watchers;
}

/** Changes each result of a function of `node:fs` that returns the state of a file. */
export function changeResults<N extends 'fstatSync' | 'lstatSync' | 'statSync'>(
  name: N,
  change: (stat: Stats | BigIntStats | undefined) => unknown,
): void {
  const real = fs[name] as (...args: readonly unknown[]) => Stats | BigIntStats | undefined;
  const calls = vi
    .spyOn(fs, name)
    .mockImplementation(((...args: readonly unknown[]) => change(real(...args))) as never);
  syncBuiltinESMExports();
  onTestFinished(() => {
    calls.mockRestore();
    syncBuiltinESMExports();
  });
}

/** An error of the system. */
export function systemError(code: unknown, more: object = { syscall: 'open' }): Error {
  return Object.assign(new Error('from the system'), { code, ...more });
}
