import { join } from 'node:path';
import { shellWord } from '../../words/shell.ts';
import { SNAPSHOT } from '../snapshot-file.ts';
import { UsageError } from '../usage-error.ts';
import type { Point } from './grid.ts';

/** What a scheduler is handed. */
export interface Emitted {
  readonly name: string;
  /** The folder of the runs. */
  readonly output: string;
  /** The common options of varve's own command line: `--definition` and `--file`. */
  readonly options: readonly string[];
  readonly command: readonly string[];
  /** How many run at once; 1: the scheduler decides. */
  readonly jobs: number;
}

type Emit = (points: readonly Point[], emitted: Emitted) => string;

/** A grid in the words of a scheduler. Each run is a `varve run`: it is checked where it runs, and has its snapshot. */
export const EMIT: Readonly<Record<string, Emit>> = {
  jsonl: (points, emitted) => points.map((point, index) => JSON.stringify(line(point, index, emitted))).join('\n'),
  parallel: (points, emitted) => points.map((point) => oneLine(shellLine(point, emitted))).join('\n'),
  slurm: (points, emitted) => {
    const limit = emitted.jobs > 1 ? `%${emitted.jobs}` : '';
    return [
      '#!/bin/bash',
      `#SBATCH --job-name=${emitted.name.replace(/[^\w.-]+/g, '_')}`,
      `#SBATCH --array=0-${points.length - 1}${limit}`,
      'case "$SLURM_ARRAY_TASK_ID" in',
      ...points.map((point, index) => `${index}) exec ${shellLine(point, emitted)} ;;`),
      '*) echo "there is no run $SLURM_ARRAY_TASK_ID" >&2; exit 2 ;;',
      'esac',
    ].join('\n');
  },
};

function line(point: Point, index: number, emitted: Emitted): object {
  const { name, values } = point;
  return { index, name, values, snapshot: snapshotOf(point, emitted), command: wordsOf(point, emitted) };
}

function wordsOf(point: Point, emitted: Emitted): readonly string[] {
  const set = point.pairs.flatMap((pair) => ['--set', pair]);
  return [
    'varve',
    'run',
    ...emitted.options,
    ...set,
    '--snapshot',
    snapshotOf(point, emitted),
    '--',
    ...emitted.command,
  ];
}

function snapshotOf({ name }: Point, { output }: Emitted): string {
  return join(output, name, SNAPSHOT);
}

function shellLine(point: Point, emitted: Emitted): string {
  return wordsOf(point, emitted).map(shellWord).join(' ');
}

function oneLine(text: string): string {
  if (!text.includes('\n')) return text;
  throw new UsageError(
    'a line break in a value or in the command has no place in a list of lines',
    'Use: --emit jsonl',
  );
}
