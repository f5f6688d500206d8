import { join } from 'node:path';
import { isSnapshot, jsonFile, type SnapshotJson } from '../../index.ts';
import { readJson, writeJson } from '../json-file-text.ts';
import { SNAPSHOT } from '../snapshot-file.ts';
import { RECORD, type RunRecord } from './run-record.ts';

/** The file in which the command itself leaves its results. */
const RESULT = 'result.json';

/** How long the lock of a run is waited for, in milliseconds: its holder keeps it until the run ends. */
const LOCK_MS = 100;

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
    const value = readJson(join(this.path, RECORD));
    return isRecord(value) ? value : undefined;
  }

  writeRecord(record: RunRecord): void {
    writeJson(join(this.path, RECORD), record);
  }

  /** The configuration of the run; `undefined` if it never started. */
  snapshot(): SnapshotJson | undefined {
    const value = readJson(join(this.path, SNAPSHOT));
    return isSnapshot(value) ? value : undefined;
  }

  /** What the command wrote; `undefined` if it wrote nothing that is JSON. */
  result(): unknown {
    return readJson(join(this.path, RESULT));
  }

  /** Does `work` while no other process can start this run. Rejects with `LOCKED` while another one does. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    // Nothing is ever written there: only its lock is needed, which is `run.lock`.
    const file = jsonFile(join(this.path, 'run'), { name: this.shown, lockTimeout: LOCK_MS });
    let done: { readonly value: T } | undefined;
    try {
      await file.local?.edit(async () => {
        done = { value: await work() };
        return undefined;
      });
    } finally {
      await file.close();
    }
    if (!done) throw new Error('the file store has no lock');
    return done.value;
  }
}

function isRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { state, values, fingerprint, attempt } = value as Partial<RunRecord>;
  const isState = state === 'running' || state === 'done' || state === 'failed' || state === 'stopped';
  const hasValues = typeof values === 'object' && values !== null;
  return isState && hasValues && typeof fingerprint === 'string' && typeof attempt === 'number';
}
