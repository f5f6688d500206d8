import { lstatSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Definition, redactor, type SnapshotJson } from '../../index.ts';
import { codeOf, type SignalTarget } from '../child-command.ts';
import { childEnvironment } from '../child-environment.ts';
import type { Context } from '../command.ts';
import { RefusedError } from '../command-errors.ts';
import { makeFolders } from '../make-folders.ts';
import { SNAPSHOT, withoutKeys, writeSnapshot } from '../snapshot-file.ts';
import { CLAIM, isOnOtherHost, supervisorOf } from './claim.ts';
import { stopOrphans } from './orphans.ts';
import type { Point } from './point.ts';
import { RunFolder } from './run-folder.ts';
import { type RunRecord, STOP_SIGNALS } from './run-record.ts';
import { leftRun, type SupervisedRun, superviseRun } from './supervised-run.ts';
import type { SupervisedCommand } from './supervisor.ts';
import { requireSame } from './sweep-record.ts';

/** `kept`: done before; `elsewhere`: another process runs it; `waiting`: not started. */
export type OutcomeState = 'done' | 'kept' | 'failed' | 'stopped' | 'elsewhere' | 'waiting';

/** One run, and how it ended. */
export interface Outcome {
  readonly point: Point;
  /** The folder as the user names it. */
  readonly folder: string;
  readonly state: OutcomeState;
  readonly exitCode?: number;
  /** How long it ran, in milliseconds. */
  readonly ms?: number;
}

/** What is run, and where. */
export interface RunnerOptions {
  readonly context: Context;
  readonly definition: Definition;
  readonly command: readonly string[];
  /** The folder of the runs, and its name for the user. */
  readonly output: string;
  readonly shown: string;
  /** The configuration that the swept values are added to. */
  readonly base: SnapshotJson;
  /** How often a run that fails is started again. */
  readonly retry: number;
  /** Keys that may differ from an earlier run. */
  readonly allowed: readonly string[];
}

/** The command of all runs can't be started. */
export class CannotStart extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** Thrown to leave a run to another host; not an error. */
class ClaimedElsewhere extends Error {}

/** Starts the command once for each point that is not done yet. */
export class Runner {
  readonly children: Set<SignalTarget> = new Set();
  /** The first signal that asked to stop: no run starts after it, and those that run are not done. */
  signal: NodeJS.Signals | undefined;
  /** Records the sweep in its folder. Throws `RefusedError` if the folder is that of another sweep. */
  record: () => Promise<void> = () => Promise.resolve();
  #recorded: Promise<void> | undefined;
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  folderOf({ name }: Point): RunFolder {
    return new RunFolder(this.#options.output, this.#options.shown, name);
  }

  /** Throws `RefusedError` if the run is done with another configuration than it would have now. */
  async requireSame(point: Point): Promise<void> {
    const folder = this.folderOf(point);
    const record = folder.record();
    const before = folder.snapshot();
    if (record?.state !== 'done' || record.fingerprint === point.fingerprint || !before) return;
    const { definition, allowed } = this.#options;
    const now = (await this.#load(point)).snapshot().toJSON();
    requireSame(before, now, { definition, allowed, where: `in ${folder.shown}` });
  }

  /** Runs a point until it is done, fails for the last time, or is stopped. Throws what makes every other run impossible. */
  async run(point: Point, slot: number): Promise<Outcome> {
    const folder = this.folderOf(point);
    const outcome = { point, folder: folder.shown };
    const kept: Outcome = { ...outcome, state: 'kept', exitCode: 0 };
    if (folder.record()?.state === 'done') return kept;
    if (lstatSync(folder.path, { throwIfNoEntry: false })?.isSymbolicLink())
      throw new RefusedError(`${folder.shown} is a link, and not a folder. Choose another folder: -o FOLDER`);
    makeFolders(folder.path);
    try {
      return await folder.locked(async () => {
        // Another sweep that began at the same time takes the folder until it sees the lock of this run.
        this.#recorded ??= this.record();
        await this.#recorded;
        await this.#finishLeftRun(folder);
        const before = folder.record();
        if (before?.state === 'done') return kept;
        return { ...outcome, ...(await this.#runWithRetries(point, folder, { slot, attempt: before?.attempt ?? 0 })) };
      });
    } catch (error) {
      const isLocked = error instanceof ConfigError && error.code === 'LOCKED';
      if (isLocked || error instanceof ClaimedElsewhere) return { ...outcome, state: 'elsewhere' };
      throw error;
    }
  }

  /**
   * Waits for a run that an earlier sweep left when it was killed, and stops one whose supervisor was killed as well.
   * Throws `ClaimedElsewhere` if another host has the run.
   */
  async #finishLeftRun(folder: RunFolder): Promise<void> {
    const { context } = this.#options;
    const { path, shown } = folder;
    const supervisor = supervisorOf(path);
    if (supervisor && isOnOtherHost(supervisor)) {
      const { pid, host } = supervisor;
      context.note(`note: process ${pid} on ${host} runs ${shown}; if it does not, remove ${join(shown, CLAIM)}`);
      throw new ClaimedElsewhere();
    }
    if (supervisor) {
      context.note(`note: ${shown} still runs, although its sweep was killed; waiting for its end`);
      await this.#wait(leftRun(path, supervisor));
    }
    if (folder.record()?.state !== 'running') return;
    const stopped = await stopOrphans(path);
    if (stopped > 0) context.note(`note: ${shown} still ran after its sweep was killed; it was stopped`);
  }

  /** Waits for the end of a run, and passes it the signals that come meanwhile. Returns the signal that ended its supervisor. */
  async #wait(run: SupervisedRun): Promise<NodeJS.Signals | undefined> {
    this.children.add(run);
    if (this.signal !== undefined) run.kill(this.signal);
    return await run.exit.finally(() => this.children.delete(run));
  }

  async #runWithRetries(
    point: Point,
    folder: RunFolder,
    { slot, attempt }: { readonly slot: number; readonly attempt: number },
  ): Promise<Omit<Outcome, 'point' | 'folder'>> {
    const started = performance.now();
    for (let tries = 1; ; tries += 1) {
      if (this.signal !== undefined) return { state: 'waiting' };
      const { state, exitCode } = await this.#start(point, folder, { slot, attempt: attempt + tries });
      if (state === 'failed' && tries <= this.#options.retry && this.signal === undefined) continue;
      return { state, exitCode, ms: performance.now() - started };
    }
  }

  /** Starts the command, and waits for its end, which its supervisor records. */
  async #start(
    point: Point,
    folder: RunFolder,
    { slot, attempt }: { readonly slot: number; readonly attempt: number },
  ): Promise<{ readonly state: 'done' | 'failed' | 'stopped'; readonly exitCode: number }> {
    const { context, definition, command } = this.#options;
    const { cwd, env: inherited } = context.terminal;
    const config = await this.#load(point);
    const { path } = writeSnapshot({ snapshot: config.snapshot().toJSON(), name: join(folder.path, SNAPSHOT), cwd });
    const { env } = childEnvironment(definition, config, inherited);
    const variables = { ...env, VARVE_SNAPSHOT: path, VARVE_RUN_FOLDER: folder.path, VARVE_SLOT: String(slot) };
    const { values, fingerprint } = point;
    const record = { values, fingerprint, attempt, started: new Date().toISOString() };
    const secrets = redactor(config).secrets();
    const ended = await this.#wait(
      superviseRun({ folder: folder.path, command, cwd, env: variables, secrets, record }),
    );
    // The supervisor of an earlier sweep may have started late.
    await this.#finishLeftRun(folder);
    const { state, exitCode = codeOf('SIGKILL'), error } = endedRecord(folder, record, this.signal ?? ended);
    if (error !== undefined) throw new CannotStart(error, exitCode);
    return { state, exitCode };
  }

  /** The configuration of a run now. Throws if it is invalid, or another one than when the sweep began. */
  async #load(point: Point): ReturnType<Context['load']> {
    const { context, definition, base, allowed } = this.#options;
    const config = await context.load({ argv: point.pairs.flatMap((pair) => ['--set', pair]) });
    const now = config.snapshot().toJSON();
    if (now.fingerprint === point.fingerprint) return config;
    const keys = Object.keys(point.values);
    const options = { definition, allowed, where: 'when this sweep began' };
    requireSame(withoutKeys(base, keys), withoutKeys(now, keys), options);
    throw new RefusedError(`the configuration of ${point.name} has changed since this sweep began`);
  }
}

/**
 * How a run ended. One whose supervisor was killed before it could record that has failed, unless it was asked to stop: a
 * supervisor that has just begun does not handle signals yet.
 */
function endedRecord(
  folder: RunFolder,
  begun: SupervisedCommand['record'],
  signal: NodeJS.Signals = 'SIGKILL',
): EndedRecord {
  const last = folder.record();
  if (last?.attempt === begun.attempt && last.state !== 'running') return { ...last, state: last.state };
  const ended = new Date().toISOString();
  const record: EndedRecord = {
    ...begun,
    state: STOP_SIGNALS.includes(signal) ? 'stopped' : 'failed',
    host: hostname(),
    pid: process.pid,
    ended,
    exitCode: codeOf(signal),
  };
  folder.writeRecord(record);
  return record;
}

interface EndedRecord extends RunRecord {
  readonly state: 'done' | 'failed' | 'stopped';
}
