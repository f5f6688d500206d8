import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readTextIfThere } from '../text-file.ts';
import { UsageError } from '../usage-error.ts';
import { isProcess } from './claim.ts';
import { RunFolder } from './run-folder.ts';
import type { RunRecord } from './run-record.ts';
import { parseSweep, SWEEP } from './sweep-record.ts';

/** `killed`: the process that watches over it was killed; `waiting`: it never started. */
export type StatusState = RunRecord['state'] | 'killed' | 'waiting';

/** One run of a folder, as its files show it. */
export interface RunStatus {
  readonly folder: string;
  readonly state: StatusState;
  readonly values: Readonly<Record<string, unknown>>;
  readonly exitCode?: number;
  readonly started?: string;
  readonly ended?: string;
  readonly attempt?: number;
  /** What the command wrote into its `result.json`. */
  readonly result?: unknown;
  /** Why the `result.json` cannot be read. */
  readonly problem?: string;
}

/** The runs of a folder: those of the latest sweep first, then older ones. Throws a `UsageError` if it has none. */
export function readStatus(output: string, shown: string): readonly RunStatus[] {
  const path = join(output, SWEEP);
  const text = readTextIfThere(path);
  if (text === undefined) throw new UsageError(`${shown} is not the folder of a sweep`, 'Name it: -o FOLDER');
  const { runs } = parseSweep(text, join(shown, SWEEP));
  const planned = new Map(runs.map(({ name, values }) => [name, values]));
  const folders = readdirSync(output, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !planned.has(entry.name))
    .map(({ name }) => name)
    .toSorted();
  return [...planned.keys(), ...folders].flatMap((name) => {
    const folder = new RunFolder(output, shown, name);
    const record = folder.record();
    if (record) return [statusOf(folder, record)];
    const values = planned.get(name);
    return values ? [{ folder: folder.shown, state: 'waiting' as const, values }] : [];
  });
}

function statusOf(folder: RunFolder, record: RunRecord): RunStatus {
  const { values, exitCode, started, ended, attempt } = record;
  const { value: result, problem } = folder.result();
  return {
    folder: folder.shown,
    state: record.state === 'running' && isDead(record) ? 'killed' : record.state,
    values,
    started,
    attempt,
    ...(exitCode !== undefined && { exitCode }),
    ...(ended !== undefined && { ended }),
    ...(result !== undefined && { result }),
    ...(problem !== undefined && { problem }),
  };
}

/** Whether the process that watches over a run has ended; on another host we cannot know. */
function isDead({ host, pid }: RunRecord): boolean {
  if (host !== hostname()) return false;
  if (!isProcess(pid)) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
