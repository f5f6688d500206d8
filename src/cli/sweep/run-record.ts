import { join } from 'node:path';
import { readJson } from '../json-file-text.ts';
import { isObject } from '../value-tree.ts';

/** How far a run has come. `stopped`: it was asked to stop, so it is not done whatever its exit code. */
export type RunState = 'running' | 'done' | 'failed' | 'stopped';

/** What varve writes about a run, in the file `run.json` of its folder. */
export interface RunRecord {
  readonly state: RunState;
  /** The settings that this run was given, by key. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  /** How often the command was started in this folder. */
  readonly attempt: number;
  /** RFC 3339. */
  readonly started: string;
  /** The host and the process that watches over the command. */
  readonly host: string;
  readonly pid: number;
  /** Absent while the run goes on, and after the process that watches over it was killed. */
  readonly ended?: string;
  readonly exitCode?: number;
  /** Why the command could not be started. */
  readonly error?: string;
}

/** The name of the file. */
export const RECORD = 'run.json';

/** The signals that ask a run to stop. */
export const STOP_SIGNALS: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** The record in the folder of a run; `undefined` if it has none, or a file that varve did not write. */
export function readRecord(folder: string): RunRecord | undefined {
  const value = readJson(join(folder, RECORD));
  return isRecord(value) ? value : undefined;
}

const STATES: readonly unknown[] = ['running', 'done', 'failed', 'stopped'] satisfies readonly RunState[];

function isRecord(value: unknown): value is RunRecord {
  const { state, values, fingerprint, attempt } = Object(value) as Partial<RunRecord>;
  return STATES.includes(state) && isObject(values) && typeof fingerprint === 'string' && typeof attempt === 'number';
}
