import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { changesBetween, leftBehind, processState, runningResources } from './process-state.ts';

// Runs before each test file of the processes that run several: a file that leaves something behind fails.
const before = processState();
const running = runningResources().length;

beforeAll(() => {
  const { testPath = '' } = expect.getState();
  if (/\bvi\.(?:m|doM)ock\(/.test(readFileSync(testPath, 'utf8'))) throw leftBehind('It replaces a module by vi.mock');
});

afterAll(async () => {
  if (vi.isFakeTimers()) throw leftBehind('It left its fake timers installed');
  const changes = changesBetween(before, processState());
  if (changes.length > 0) throw leftBehind(`It changed ${changes.join(', ')}`);
  // The end of a process or a server is noticed a little later.
  for (let i = 0; runningResources().length > running && i < 200; i += 1) await new Promise((r) => setTimeout(r, 10));
  const left = runningResources();
  if (left.length > running) throw leftBehind(`It left running: ${left.join(', ')}`);
});
