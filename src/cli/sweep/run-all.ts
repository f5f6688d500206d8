import { passSignals } from '../child-command.ts';
import type { Terminal } from '../terminal.ts';
import type { Point } from './point.ts';
import { STOP_SIGNALS } from './run-record.ts';
import type { Outcome, Runner } from './runner.ts';

/** How many runs go on at once, and what ends a sweep early. */
export interface RunAllOptions {
  readonly terminal: Terminal;
  readonly jobs: number;
  readonly stopOnFailure: boolean;
  /** Is called for each run that ended, now or before. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/** How all the runs ended. */
export interface SweepEnd {
  readonly outcomes: readonly Outcome[];
  /** The signal that stopped the sweep. */
  readonly signal?: NodeJS.Signals;
  /** What made it impossible to go on. */
  readonly error?: unknown;
}

/** Runs the points, `jobs` at once. */
export async function runAll(points: readonly Point[], runner: Runner, options: RunAllOptions): Promise<SweepEnd> {
  const { terminal, jobs, stopOnFailure, onOutcome } = options;
  const queue = points.values();
  const outcomes = new Map<Point, Outcome>();
  const errors: unknown[] = [];
  let hasFailed = false;
  const work = async (slot: number): Promise<void> => {
    for (const point of queue) {
      if (runner.signal !== undefined || errors.length > 0 || (hasFailed && stopOnFailure)) return;
      try {
        const outcome = await runner.run(point, slot);
        outcomes.set(point, outcome);
        hasFailed ||= outcome.state === 'failed';
        if (outcome.state !== 'waiting') onOutcome(outcome);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await withStopSignals(runner, terminal, () => Promise.all(Array.from({ length: jobs }, (_, slot) => work(slot))));
  const waiting = (point: Point): Outcome => ({ point, folder: runner.folderOf(point).shown, state: 'waiting' });
  return {
    outcomes: points.map((point) => outcomes.get(point) ?? waiting(point)),
    ...(runner.signal !== undefined && { signal: runner.signal }),
    ...(errors.length > 0 && { error: errors[0] }),
  };
}

/** Passes signals on to the runs; after one that asks to stop, no run starts. */
export function withStopSignals<T>(
  runner: Runner,
  terminal: Terminal,
  work: () => Promise<T>,
  onStop?: () => void,
): Promise<T> {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!STOP_SIGNALS.includes(signal)) return;
    runner.signal ??= signal;
    onStop?.();
  };
  return passSignals(() => runner.children, terminal, work, onSignal);
}
