import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Definition, redactor, type SnapshotJson } from '../../index.ts';
import { ChildCommand, type CommandExit } from '../child-command.ts';
import { childEnvironment } from '../child-environment.ts';
import type { Context } from '../command.ts';
import { RefusedError } from '../command-errors.ts';
import { SNAPSHOT, withoutKeys, writeSnapshot } from '../snapshot-file.ts';
import { LogFiles } from './log-files.ts';
import { stopOrphans } from './orphans.ts';
import type { Point } from './point.ts';
import { RunFolder, type RunRecord } from './run-folder.ts';
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

/** Starts the command once for each point that is not done yet. */
export class Runner {
  readonly children: Set<ChildCommand> = new Set();
  /** The first signal that asked to stop: no run starts after it, and those that run are not done. */
  signal: NodeJS.Signals | undefined;
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
    mkdirSync(folder.path, { recursive: true });
    try {
      return await folder.locked(async () => {
        const before = folder.record();
        if (before?.state === 'done') return kept;
        if (before?.state === 'running') await this.#stopOrphans(folder);
        return { ...outcome, ...(await this.#tryOften(point, folder, { slot, attempt: before?.attempt ?? 0 })) };
      });
    } catch (error) {
      if (error instanceof ConfigError && error.code === 'LOCKED') return { ...outcome, state: 'elsewhere' };
      throw error;
    }
  }

  async #stopOrphans({ path, shown }: RunFolder): Promise<void> {
    const stopped = await stopOrphans(path);
    if (stopped > 0) this.#options.context.note(`note: ${shown} still ran after its sweep was killed; it was stopped`);
  }

  async #tryOften(
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

  /** Starts the command, waits for its end, and records both. */
  async #start(
    point: Point,
    folder: RunFolder,
    { slot, attempt }: { readonly slot: number; readonly attempt: number },
  ): Promise<{ readonly state: 'done' | 'failed' | 'stopped'; readonly exitCode: number }> {
    const { context, definition } = this.#options;
    const { cwd, env: inherited } = context.terminal;
    const config = await this.#load(point);
    const { path } = writeSnapshot({ config, name: join(folder.path, SNAPSHOT), cwd });
    const { env } = childEnvironment(definition, config, inherited);
    const variables = { ...env, VARVE_SNAPSHOT: path, VARVE_RUN_FOLDER: folder.path, VARVE_SLOT: String(slot) };
    const started = new Date().toISOString();
    const { values, fingerprint } = point;
    const begun = { values, fingerprint, attempt, started, host: hostname(), pid: process.pid };
    folder.writeRecord({ state: 'running', ...begun });
    const logs = new LogFiles(folder.path, redactor(config));
    const { code, error } = await this.#execute(logs, variables).finally(() => logs.close());
    const state = this.signal !== undefined ? 'stopped' : code === 0 ? 'done' : 'failed';
    const ended: RunRecord = { ...begun, state, ended: new Date().toISOString(), exitCode: code };
    folder.writeRecord(ended);
    if (error !== undefined) throw new CannotStart(error, code);
    return { state, exitCode: code };
  }

  async #execute(logs: LogFiles, env: Readonly<Record<string, string | undefined>>): Promise<CommandExit> {
    const [program = '', ...args] = this.#options.command;
    const { cwd } = this.#options.context.terminal;
    const child = new ChildCommand(program, args, { cwd, env, stdio: [...logs.stdio], detached: true });
    this.children.add(child);
    logs.follow(child.process);
    // A signal that came while this run was prepared stops it, too.
    if (this.signal !== undefined) child.kill(this.signal);
    return child.exit.finally(() => this.children.delete(child));
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
