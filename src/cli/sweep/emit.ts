import { join } from 'node:path';
import { shellWord } from '../../words/shell.ts';
import { printableJson } from '../../words/terminal-text.ts';
import { UsageError } from '../usage-error.ts';
import type { Point } from './point.ts';

/** What a scheduler is given. Each of its tasks is this sweep itself, limited to one run. */
export interface Emission {
  /** The name of the configuration. */
  readonly name: string;
  readonly points: readonly Point[];
  /** The words that start varve. */
  readonly program: readonly string[];
  /** The words of this sweep, up to the command. */
  readonly sweep: readonly string[];
  readonly command: readonly string[];
  /** The folder of the runs. */
  readonly output: string;
  /** How many run at once; 1 leaves that to the scheduler. */
  readonly jobs: number;
}

/** A sweep in the language of a scheduler. */
export const EMIT: Readonly<Record<string, (emission: Emission) => string>> = {
  shell: (emission) => emission.points.map((_, index) => oneLine(shellLine(emission, String(index)))).join('\n'),
  jsonl: (emission) => emission.points.map((point, index) => JSON.stringify(task(emission, point, index))).join('\n'),
  slurm: (emission) =>
    [
      '#!/bin/bash',
      `#SBATCH --job-name=${emission.name.replace(/[^\w.-]+/g, '_')}`,
      `#SBATCH --array=0-${emission.points.length - 1}${emission.jobs > 1 ? `%${emission.jobs}` : ''}`,
      `exec ${shellLine(emission, 'SLURM_ARRAY_TASK_ID')}`,
    ].join('\n'),
  kubernetes,
};

function task(emission: Emission, { name, values }: Point, index: number): object {
  return { index, name, values, folder: join(emission.output, name), command: wordsOf(emission, String(index)) };
}

/** `index` is the number of a run, or the variable that has it. */
function wordsOf({ program, sweep, command }: Emission, index: string): readonly string[] {
  return [...program, 'sweep', ...sweep, '--index', index, '--', ...command];
}

function shellLine(emission: Emission, index: string): string {
  return wordsOf(emission, index).map(shellWord).join(' ');
}

function oneLine(text: string): string {
  if (!text.includes('\n')) return text;
  throw new UsageError('a list of lines can not hold a line break in a value or in the command', 'Use: --emit jsonl');
}

/** An indexed job. The folder of the runs has to be on a volume that all pods share. */
function kubernetes(emission: Emission): string {
  const { name, points, jobs } = emission;
  // Kubernetes replaces `$(NAME)` in a command, and every `$$` by `$`.
  const words = wordsOf(emission, 'JOB_COMPLETION_INDEX').map((word) => word.replaceAll('$', '$$$$'));
  const plainName = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return [
    'apiVersion: batch/v1',
    'kind: Job',
    'metadata:',
    `  generateName: ${JSON.stringify(`${plainName === '' ? 'sweep' : plainName}-`)}`,
    'spec:',
    '  completionMode: Indexed',
    `  completions: ${points.length}`,
    `  parallelism: ${jobs > 1 ? jobs : points.length}`,
    '  template:',
    '    spec:',
    '      restartPolicy: Never',
    '      containers:',
    '        - name: run',
    '          image: IMAGE  # with the program, varve, and this working directory',
    `          command: ${printableJson(JSON.stringify(words))}`,
    `          # mount a volume that all pods share at ${emission.output.replace(/[^ -~]/g, '?')}`,
  ].join('\n');
}
