import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  compareSnapshots,
  isSnapshot,
  jsonFile,
  type SnapshotDifference,
  type SnapshotJson,
  type Store,
} from '../../index.ts';
import { valueText } from '../../words/values.ts';
import { RefusedError } from '../command-errors.ts';

/** What all runs of a sweep have in common, so that one which goes on later makes the same ones. */
export interface Sweep {
  readonly command: readonly string[];
  /** The settings that were ever tried with several values. */
  readonly keys: readonly string[];
  /** The configuration of one of the runs. */
  readonly snapshot: SnapshotJson;
}

/** How a run ended, in the file `result.json` of its folder. */
export interface Result {
  readonly values: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  readonly exitCode: number;
  /** RFC 3339. */
  readonly started: string;
  readonly ended: string;
}

/** How long another sweep in the same folder is waited for, in milliseconds. */
const LOCK_MS = 1_000;

/** The file that says what the runs of a folder have in common; whoever runs them holds its lock. */
export function sweepFile(folder: string, shown: string): Store {
  return jsonFile(join(folder, 'sweep.json'), { name: join(shown, 'sweep.json'), lockTimeout: LOCK_MS, private: true });
}

/** Begins a sweep, or goes on with it. Throws {@link RefusedError} where its runs would be others than those before. */
export async function begin(file: Store, sweep: Sweep): Promise<void> {
  const { text, revision } = await file.read();
  const before = text === null ? undefined : parsed(text);
  if (before === undefined && text !== null) throw new RefusedError(`${file.name} is not what a sweep wrote`);
  if (before && !isDeepStrictEqual(before.command, sweep.command)) {
    throw new RefusedError(
      `${file.name} is of another command: ${before.command.join(' ')}. Choose another folder with -o`,
    );
  }
  const keys = [...new Set([...(before?.keys ?? []), ...sweep.keys])];
  if (before) requireSame(before.snapshot, sweep.snapshot, keys);
  const next: Sweep = { command: sweep.command, keys, snapshot: before?.snapshot ?? sweep.snapshot };
  if (isDeepStrictEqual(before, next)) return;
  const id = `${process.pid}-${Date.now()}`;
  await file.write(`${JSON.stringify(next, null, 2)}\n`, { expect: revision, id });
}

/** Throws {@link RefusedError} where anything else than the tried settings makes these different runs. */
export function requireSame(then: SnapshotJson, now: SnapshotJson, tried: readonly string[]): void {
  const others = compareSnapshots(then, now).filter(({ kind, key }) => kind === 'identity' && !tried.includes(key));
  if (others.length === 0) return;
  throw new RefusedError(
    `since the sweep began, ${others.map(differenceText).join(', ')}. Put it back, or begin another with -o`,
  );
}

function differenceText({ key, before, after }: SnapshotDifference): string {
  return `${key} changed from ${valueText(before)} to ${valueText(after)}`;
}

function parsed(text: string): Sweep | undefined {
  const value = parsedJson(text) as Partial<Sweep> | null | undefined;
  const { command, keys, snapshot } = value ?? {};
  if (!Array.isArray(command) || !Array.isArray(keys) || !isSnapshot(snapshot)) return undefined;
  return { command, keys, snapshot };
}

const RESULT = 'result.json';

/** How the run in a folder ended; nothing where it did not end. */
export function readResult(folder: string): Result | undefined {
  const value = parsedJson(textOf(join(folder, RESULT))) as Partial<Result> | null | undefined;
  return typeof value?.exitCode === 'number' ? (value as Result) : undefined;
}

/** Says how a run ended; a reader never finds half of it. */
export function writeResult(folder: string, result: Result): void {
  const path = join(folder, RESULT);
  writeFileSync(`${path}.part`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
