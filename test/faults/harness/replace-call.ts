import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished, vi } from 'vitest';

/** Functions of `node:fs` that tests let fail. */
type Call =
  | 'fchmodSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'futimesSync'
  | 'linkSync'
  | 'openSync'
  | 'readSync'
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

/** An error of the system. */
export function systemError(code: unknown, more: object = { syscall: 'open' }): Error {
  return Object.assign(new Error('from the system'), { code, ...more });
}
