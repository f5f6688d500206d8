import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { runOrSkip, skipLoudly } from './skip.ts';

/** Which system call fails with which error, on the first path that has `path` in it (`$` at its end: that ends in it). */
export interface Failure {
  readonly call: 'fsync' | 'rename' | 'link' | 'write';
  readonly error: keyof typeof constants.errno;
  readonly path: string;
  readonly always?: boolean;
}

/** The environment in which a child meets that failure; skips the test where there is no C compiler. */
export function failingEnvironment(context: TestContext, { call, error, path, always }: Failure): NodeJS.ProcessEnv {
  if (process.platform !== 'linux') skipLoudly(context, 'it needs LD_PRELOAD');
  const library = join(temporaryFolder(), 'failing.so');
  const source = fileURLToPath(new URL('./failing.c', import.meta.url));
  runOrSkip(context, 'cc', '-shared', '-fPIC', '-o', library, source, '-ldl');
  const plan = `${call}:${constants.errno[error]}:${path}`;
  return { ...process.env, LD_PRELOAD: library, VARVE_FAIL: plan, ...(always && { VARVE_FAIL_ALWAYS: '1' }) };
}
