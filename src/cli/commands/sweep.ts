import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Issue } from '../../index.ts';
import { table } from '../../words/table.ts';
import { valueText } from '../../words/values.ts';
import { codeOf } from '../child-command.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { axesOf, givenPair } from '../sweep/axis.ts';
import { type Checked, check, issuesText } from '../sweep/check.ts';
import { EMIT } from '../sweep/emit.ts';
import { type Point, pointsOf, pointText } from '../sweep/grid.ts';
import { begin, sweepFile } from '../sweep/record.ts';
import { type Ending, NotStarted, type Outcome, runAll, type State } from '../sweep/runs.ts';
import { widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** What is run, as the command line says it. */
export interface SweepOptions {
  /** The texts of the settings' flags, by the flags' names. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** `KEY=VALUE,VALUE`. */
  readonly set: readonly string[];
  readonly jobs: string;
  /** The folder of the runs. */
  readonly output: string;
  readonly emit: string | undefined;
}

/** Runs a command with every combination of values, or prints the runs for a scheduler. */
export async function sweep(context: Context, options: SweepOptions): Promise<number> {
  if (context.rest.length === 0) throw new UsageError('which command?', 'Write: varve sweep --lr 0.1,0.2 -- COMMAND');
  const jobs = jobsOf(options.jobs);
  const { definition } = await context.define();
  const given = [...Object.entries(options.settings), ...options.set.map(givenPair)];
  const checked = await check(context, axesOf(definition, given));
  if ('issues' in checked) return invalid(context, checked.issues, definition.name);
  const points = pointsOf(checked.axes);
  if (options.emit === undefined) return run(context, checked, points, { jobs, output: options.output });
  const { output } = options;
  const emitted = { name: definition.name, output, options: commonOptions(context), command: context.rest, jobs };
  context.print(EMIT[options.emit]?.(points, emitted) ?? '');
  return EXIT.ok;
}

function jobsOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`--jobs ${text} is not a number of runs`, 'Like: --jobs 4');
}

function invalid(context: Context, issues: readonly Issue[], name: string): number {
  context.note(issuesText(issues, name));
  if (context.json) printJson(context, { started: false, issues });
  return EXIT.invalid;
}

/** How `varve run` finds the same definition and file, wherever a scheduler starts it from this folder. */
function commonOptions({ file, definition }: Context): readonly string[] {
  return [
    ...(definition === undefined ? [] : ['--definition', definition]),
    ...(file === undefined ? [] : ['--file', file]),
  ];
}

interface Place {
  readonly jobs: number;
  readonly output: string;
}

async function run(
  context: Context,
  { first, axes }: Checked,
  points: readonly Point[],
  { jobs, output: shown }: Place,
): Promise<number> {
  const { definition } = await context.define();
  const output = resolve(context.terminal.cwd, shown);
  const keys = axes.map(({ key }) => key);
  const common = { command: context.rest, keys, snapshot: first.snapshot().toJSON() };
  mkdirSync(output, { recursive: true });
  const file = sweepFile(output, shown);
  let count = 0;
  const ended = (outcome: Outcome): void => {
    count += 1;
    if (outcome.state === 'kept') return;
    context.note(`[${count}/${points.length}] ${progressText(outcome)}`);
  };
  try {
    let ending: Ending | undefined;
    // Holds the lock of the file until the last run has ended.
    await file.local?.edit(async () => {
      await begin(file, common);
      ending = await runAll(points, { context, definition, output, shown, jobs, ended, ...common });
      return undefined;
    });
    return ending ? report(context, ending, shown) : EXIT.bug;
  } finally {
    await file.close();
  }
}

function progressText({ point, state, exitCode, ms = 0 }: Outcome): string {
  const how = state === 'failed' ? `failed (exit ${exitCode})` : state;
  return `${how}  ${pointText(point)}  ${(ms / 1000).toFixed(1)} s`;
}

/** Tells what became of every run, and gives the exit code of them all. */
function report(context: Context, { outcomes, signal, error }: Ending, shown: string): number {
  const counts = countsOf(outcomes);
  if (context.json) {
    const runs = outcomes.map(({ point: { name, values }, folder, state, exitCode }) => ({
      name,
      values,
      folder,
      state,
      ...(exitCode !== undefined && { exitCode }),
    }));
    printJson(context, { output: shown, counts, runs });
  } else context.print(tableOf(context, outcomes));
  const told = Object.entries(counts).map(([state, number]) => `${number} ${state}`);
  context.note(`varve: ${outcomes.length} runs: ${told.join(', ')}`);
  if (error instanceof NotStarted) {
    context.note(`varve: ${error.message}`);
    return error.code;
  }
  if (error !== undefined) throw error;
  if (signal !== undefined) return codeOf(signal);
  return counts.failed === undefined ? EXIT.ok : EXIT.no;
}

function countsOf(outcomes: readonly Outcome[]): Partial<Record<State, number>> {
  const counts: Partial<Record<State, number>> = {};
  for (const { state } of outcomes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function tableOf({ terminal }: Context, outcomes: readonly Outcome[]): string {
  const keys = Object.keys(outcomes[0]?.point.values ?? {});
  const rows = outcomes.map(({ point, state, exitCode, folder }) => [
    ...keys.map((key) => valueText(point.values[key])),
    state === 'failed' ? `failed (exit ${exitCode})` : state,
    folder,
  ]);
  return table([[...keys, 'STATE', 'FOLDER'], ...rows], widthOf(terminal.stdout));
}
