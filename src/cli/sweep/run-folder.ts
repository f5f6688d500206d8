import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jsonFile, type SnapshotJson } from '../../index.ts';
import { isDeeper } from '../../json/depth.ts';
import { isSnapshot } from '../../tools.ts';
import { DeepJsonError, parseBoundedJson } from '../../words/bounded-json.ts';
import { readJson, writeJson } from '../json-file-text.ts';
import { SNAPSHOT } from '../snapshot-file.ts';
import { readTextIfThere } from '../text-file.ts';
import { UsageError } from '../usage-error.ts';
import { isObject } from '../value-tree.ts';
import { RECORD, type RunRecord, readRecord } from './run-record.ts';

/** The file in which the command itself leaves its results. */
const RESULT = 'result.json';

/** The document whose lock a run holds; it is never written. */
const LOCKED = 'run';

/** How long the lock of a run is waited for, in milliseconds: its holder keeps it until the run ends. */
const LOCK_MS = 100;

/** The content of a `result.json`, or why it cannot be read. */
export interface RunResult {
  readonly value?: unknown;
  readonly problem?: string;
}

/** The folder of one run. */
export class RunFolder {
  readonly path: string;
  /** The folder as the user names it. */
  readonly shown: string;

  constructor(output: string, shown: string, name: string) {
    this.path = join(output, name);
    this.shown = join(shown, name);
  }

  /** The record of the run; `undefined` if it never started. */
  record(): RunRecord | undefined {
    return readRecord(this.path);
  }

  writeRecord(record: RunRecord): void {
    writeJson(join(this.path, RECORD), record);
  }

  /** Whether the command of the run was ever started, or is about to be. */
  hasStarted(): boolean {
    const record = this.record();
    return (record !== undefined && record.error === undefined) || existsSync(join(this.path, `${LOCKED}.lock`));
  }

  /** The configuration of the run; `undefined` if it never started. */
  snapshot(): SnapshotJson | undefined {
    const value = readJson(join(this.path, SNAPSHOT));
    return isSnapshot(value) ? value : undefined;
  }

  /** What the command wrote; empty if it wrote nothing. */
  result(): RunResult {
    const shown = join(this.shown, RESULT);
    try {
      const text = readTextIfThere(join(this.path, RESULT));
      if (text === undefined) return {};
      const value = parseResult(text);
      const problem = resultProblem(value);
      return problem === undefined ? { value } : { problem: `${shown} ${problem}: its result is left out` };
    } catch (error) {
      if (error instanceof DeepJsonError) return { problem: `${shown} ${TOO_DEEP}: its result is left out` };
      if (error instanceof SyntaxError) return { problem: `${shown} is not valid JSON: its result is left out` };
      if (!(error instanceof UsageError) && !('syscall' in Object(error))) throw error;
      return { problem: `${shown} cannot be read (${(error as Error).message}): its result is left out` };
    }
  }

  /** Does `work` while no other process can start this run. Rejects with `LOCKED` while another one does. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    const file = jsonFile(join(this.path, LOCKED), { name: this.shown, lockTimeout: LOCK_MS });
    let value: T | undefined;
    await file.local?.edit(async () => {
      value = await work();
      return undefined;
    });
    return value as T;
  }
}

/**
 * A string, or a number that Python writes and JSON does not have. A string without an end goes up to the end of the text,
 * so that the search is linear.
 */
const STRING_OR_PYTHON_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|(?:NaN|-?Infinity)(?=\s*(?:[,\]}]|$))/gs;

/** The value of a JSON text; `NaN`, `Infinity` and `-Infinity`, which Python's `json.dump` writes, become strings. */
function parseResult(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return parseBoundedJson(
      text.replace(STRING_OR_PYTHON_NUMBER, (part) => (part.startsWith('"') ? part : `"${part}"`)),
    );
  }
}

/** A result may have so many columns, and lists and objects in so many levels. */
const [MOST_VALUES, DEEPEST] = [1_000, 64];

const TOO_DEEP = `is nested deeper than ${DEEPEST} levels`;

/** Why a table can't show a result. */
function resultProblem(value: unknown): string | undefined {
  if (isDeeper(value, DEEPEST)) return TOO_DEEP;
  return countOf(value) > MOST_VALUES ? `has more than ${MOST_VALUES} values` : undefined;
}

/** The values in nested objects; a list is one value. */
function countOf(value: unknown): number {
  if (!isObject(value)) return 1;
  return Object.values(value).reduce((count: number, member) => count + countOf(member), 0);
}
