import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';

/** Skips the test and prints why, so that it does not look like a passed one. */
export function skipLoudly(context: TestContext, reason: string): never {
  process.stderr.write(`\nSKIPPED: ${context.task.name}: ${reason}\n`);
  context.skip(reason);
  throw new Error('unreachable');
}

/** Runs a command of the system; skips the test if that can't be done here. */
export function runOrSkip(context: TestContext, command: string, ...args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return stdout;
  return skipLoudly(context, `\`${[command, ...args].join(' ')}\` failed: ${error?.message ?? stderr.trim()}`);
}

/** The tests that need root say so where they have it not. */
export function needRoot(context: TestContext): void {
  if (process.getuid?.() !== 0) skipLoudly(context, 'it needs root');
}
