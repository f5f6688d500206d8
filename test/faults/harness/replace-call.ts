import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished, vi } from 'vitest';

/** Functions of `node:fs` that tests let fail. */
type Call = 'fchmodSync' | 'fsyncSync' | 'futimesSync' | 'linkSync' | 'openSync' | 'unlinkSync';

/** Lets the next call of a function of `node:fs` do `act` instead. Its other calls are real; returns how many there were. */
export function replaceNextCall(name: Call, act: (...paths: readonly string[]) => void): () => number {
  const calls = vi.spyOn(fs, name).mockImplementationOnce((...args: readonly unknown[]) => act(...args.map(String)));
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
