import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';
import { requireOwnProcess } from './process-state.ts';

requireOwnProcess('It counts what the engine runs');

const SOURCES = new URL('../src/', import.meta.url).pathname;

// Optimized code does not count its calls, and a function counts its blocks if it is compiled after the coverage began.
setFlagsFromString('--no-opt');
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/**
 * Counts the blocks of `src` that `work` runs (functions, branches, bodies of loops), as the engine does for its precise
 * coverage: the same number on every machine.
 */
export async function executedBlocks(work: () => unknown): Promise<number> {
  // The counters begin anew with every answer.
  await session.post('Profiler.takePreciseCoverage');
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const ranges = result
    .filter(({ url }) => url.includes(SOURCES))
    .flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

/** The blocks for ten times the input, as a multiple of those for the input: 10 for linear work, 100 for quadratic. */
export async function growth(work: (count: number) => unknown, count: number): Promise<number> {
  // What is made once in a process is not counted.
  await work(10);
  const few = await executedBlocks(() => work(count));
  const many = await executedBlocks(() => work(10 * count));
  if (few === 0) throw new Error('no block of src was counted');
  return many / few;
}
