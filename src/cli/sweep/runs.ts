import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Definition, SnapshotJson } from '../../index.ts';
import { ChildCommand, codeOf, withSignalsPassedOn } from '../child-command.ts';
import { childEnvironment } from '../child-environment.ts';
import type { Context } from '../command.ts';
import { SNAPSHOT, writeSnapshot } from '../snapshot-file.ts';
import { flagsOf } from './check.ts';
import type { Point } from './grid.ts';
import { readResult, requireSame, writeResult } from './record.ts';

/** What became of a run: `kept` was done before; `stopped` was cut off, and `waiting` never begun. */
export type State = 'done' | 'kept' | 'failed' | 'stopped' | 'waiting';

/** One run, and what became of it. */
export interface Outcome {
  readonly point: Point;
  readonly folder: string;
  readonly state: State;
  readonly exitCode?: number;
  /** How long it ran, in milliseconds. */
  readonly ms?: number;
}

/** What is run, and where. */
export interface Running {
  readonly context: Context;
  readonly definition: Definition;
  readonly command: readonly string[];
  /** The folder of the runs, and what the user calls it. */
  readonly output: string;
  readonly shown: string;
  readonly jobs: number;
  /** The configuration of one of the runs; the others may differ in `keys` only. */
  readonly snapshot: SnapshotJson;
  readonly keys: readonly string[];
  /** Told of each run that ended, now or before. */
  readonly ended: (outcome: Outcome) => void;
}

/** How all the runs ended. */
export interface Ending {
  readonly outcomes: readonly Outcome[];
  /** The signal that stopped them, or what made it impossible to go on. */
  readonly signal?: NodeJS.Signals;
  readonly error?: unknown;
}

const STOPPING: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Runs all that are not done, a number at once. A run that fails stops no other. */
export async function runAll(points: readonly Point[], running: Running): Promise<Ending> {
  const runs = new Runs(running);
  const queue = points.values();
  const outcomes = new Map<Point, Outcome>();
  const worker = async (): Promise<void> => {
    for (const point of queue) {
      if (runs.isStopped) return;
      outcomes.set(point, await runs.run(point));
    }
  };
  const workers = (): Promise<unknown> => Promise.all(Array.from({ length: running.jobs }, worker));
  await withSignalsPassedOn(
    () => runs.children,
    running.context.terminal,
    workers,
    (signal) => {
      if (STOPPING.includes(signal)) runs.signal ??= signal;
    },
  );
  const waiting = (point: Point): Outcome => ({ point, folder: join(running.shown, point.name), state: 'waiting' });
  const { signal, error } = runs;
  return {
    outcomes: points.map((point) => outcomes.get(point) ?? waiting(point)),
    ...(signal !== undefined && { signal }),
    ...(error !== undefined && { error }),
  };
}

class Runs {
  readonly children = new Set<ChildCommand>();
  signal: NodeJS.Signals | undefined;
  error: unknown;
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
  }

  get isStopped(): boolean {
    return this.signal !== undefined || this.error !== undefined;
  }

  /** What one run came to; what makes the others impossible too is kept in `error`. */
  async run(point: Point): Promise<Outcome> {
    const { output, shown } = this.#running;
    const folder = join(output, point.name);
    const told = { point, folder: join(shown, point.name) };
    if (readResult(folder)?.exitCode === 0) return this.#told({ ...told, state: 'kept', exitCode: 0 });
    const started = performance.now();
    try {
      const code = await this.#start(point, folder);
      const state = code === 0 ? 'done' : this.signal === undefined ? 'failed' : 'stopped';
      return this.#told({ ...told, state, exitCode: code, ms: performance.now() - started });
    } catch (error) {
      this.error ??= error;
      return { ...told, state: 'waiting' };
    }
  }

  #told(outcome: Outcome): Outcome {
    this.#running.ended(outcome);
    return outcome;
  }

  /** Checks the configuration of a run, starts its command, and gives its exit code. */
  async #start(point: Point, folder: string): Promise<number> {
    const { context, definition, command, snapshot, keys } = this.#running;
    const { terminal } = context;
    const config = await context.load({ argv: flagsOf(point.pairs) });
    const now = config.snapshot().toJSON();
    requireSame(snapshot, now, keys);
    mkdirSync(folder, { recursive: true });
    const { path } = writeSnapshot(config, join(folder, SNAPSHOT), terminal.cwd);
    const { env } = childEnvironment(definition, config, terminal.env);
    const [program = '', ...args] = command;
    const started = new Date().toISOString();
    const outputs = ['stdout.log', 'stderr.log'].map((name) => openSync(join(folder, name), 'w'));
    const variables = { ...env, VARVE_SNAPSHOT: path, VARVE_RUN_FOLDER: folder };
    const options = { cwd: terminal.cwd, env: variables, stdio: ['ignore' as const, ...outputs] };
    try {
      // A signal that came while this was prepared stops it, too.
      if (this.signal !== undefined) return codeOf(this.signal);
      const child = new ChildCommand(program, args, options);
      this.children.add(child);
      const { code, error } = await child.exit.finally(() => this.children.delete(child));
      // Where the command itself can't be started, no other run can.
      if (error !== undefined) throw new NotStarted(error, code);
      const isCutOff = this.signal !== undefined && code !== 0;
      const ended = new Date().toISOString();
      const { fingerprint } = now;
      if (!isCutOff) writeResult(folder, { values: point.values, fingerprint, exitCode: code, started, ended });
      return code;
    } finally {
      for (const descriptor of outputs) closeSync(descriptor);
    }
  }
}

/** The command of all runs can't be started. */
export class NotStarted extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}
