import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { onTestFinished, type TestContext } from 'vitest';
import { runOrSkip } from './skip.ts';

/** Mounts something at `place` until the test ends; skips the test where mounting is not permitted. */
export function mount(context: TestContext, place: string, ...args: readonly string[]): { unmount(): void } {
  runOrSkip(context, 'mount', ...args, place);
  let mounted = true;
  const unmount = (): void => {
    if (mounted) spawnSync('umount', ['--lazy', place]);
    mounted = false;
  };
  onTestFinished(unmount);
  return { unmount };
}

/** A file system of `bytes` in memory. */
export function mountDisk(context: TestContext, place: string, bytes: number): { unmount(): void } {
  mkdirSync(place);
  return mount(context, place, '-t', 'tmpfs', '-o', `size=${bytes}`, 'varve-test');
}
