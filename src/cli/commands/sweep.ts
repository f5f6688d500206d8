import { resolve } from 'node:path';
import type { Definition, Issue } from '../../index.ts';
import { describeSettings } from '../../tools.ts';
import { codeOf } from '../child-command.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { makeFolders } from '../make-folders.ts';
import { answerRequests } from '../sweep/ask.ts';
import { type AxisArgument, splitPair } from '../sweep/axis.ts';
import { axesByChoice, type PlannedAxes, requireUsed } from '../sweep/choices.ts';
import { combine } from '../sweep/combinations.ts';
import { EMIT } from '../sweep/emit.ts';
import { checkPoints, issuesText, type Point } from '../sweep/point.ts';
import { Progress } from '../sweep/progress.ts';
import { reportSweep } from '../sweep/report.ts';
import { runAll } from '../sweep/run-all.ts';
import { Runner } from '../sweep/runner.ts';
import { type NewSweep, type PlannedRun, recordSweep } from '../sweep/sweep-record.ts';
import { UsageError } from '../usage-error.ts';

/** The options of a sweep, as texts of the command line. */
export interface SweepOptions {
  /** The texts of the settings' flags, by the flags' names. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
  /** `KEY=VALUE,VALUE`. */
  readonly set: readonly string[];
  readonly sample: string | undefined;
  readonly seed: readonly string[];
  readonly sampleSeed: string | undefined;
  /** `KEY,KEY`. */
  readonly pair: readonly string[];
  readonly each: readonly string[];
  readonly jobs: string;
  readonly retry: string;
  readonly stopOnFailure: boolean;
  readonly allowChange: readonly string[];
  /** The folder of the runs. */
  readonly output: string;
  readonly emit: string | undefined;
  /** The words that start varve where the runs are emitted to. */
  readonly program: string | undefined;
  /** The number of the only run to start, or the variable that has it. */
  readonly index: string | undefined;
  readonly ask: boolean;
}

/** Runs a command for every combination of values, or prints the runs for a scheduler. */
export async function sweep(context: Context, options: SweepOptions): Promise<number> {
  if (!context.rest[0]) throw new UsageError('which command?', 'Write: varve sweep --lr 0.1,0.2 -- COMMAND');
  const { definition } = await context.define();
  const jobs = countOf('--jobs', options.jobs, 1);
  if (options.ask) return ask(context, definition, { options, jobs });
  const plan = await planOf(context, definition, options);
  const checked = await checkPoints(context, combine(plan.swept, plan));
  if ('issues' in checked) return refuse(context, checked.issues, definition.name);
  requireUsed(plan.swept.unused);
  const { points } = checked;
  if (options.emit === undefined) return start(context, points, { definition, options, jobs, swept: plan.swept });
  const { program = 'npx --no-install varve', output } = options;
  const words = options.program === undefined && options.emit !== 'kubernetes' ? context.terminal.program : undefined;
  const emission = {
    name: definition.name,
    points,
    program: words ?? program.split(' '),
    sweep: sweepWords(context, plan, options),
    command: context.rest,
    output,
    jobs,
  };
  context.printRaw(EMIT[options.emit]?.(emission) ?? '');
  return EXIT.ok;
}

/** What is swept, and how. */
interface Plan {
  readonly given: readonly AxisArgument[];
  readonly swept: PlannedAxes;
  readonly sample: number | undefined;
  readonly seed: string;
  readonly pairs: readonly (readonly string[])[];
  readonly each: readonly string[];
}

async function planOf(context: Context, definition: Definition, options: SweepOptions): Promise<Plan> {
  const sample = options.sample === undefined ? undefined : countOf('--sample', options.sample, 1);
  // `--seed` belongs to a setting of that name, as every training program has one.
  const isSetting = describeSettings(definition).some(({ flag }) => flag === '--seed');
  const seeds: readonly AxisArgument[] = isSetting && options.seed.length > 0 ? [['seed', options.seed]] : [];
  const seed = options.sampleSeed ?? (isSetting ? undefined : options.seed.at(-1));
  if (sample !== undefined && seed === undefined) {
    context.note(`note: drawn with --sample-seed 0${isSetting ? '; --seed gives the setting' : ''}`);
  }
  if (sample === undefined && seed !== undefined) throw new UsageError('a seed needs draws', 'Like: --sample 20');
  const given = [...Object.entries(options.settings), ...options.set.map(splitPair), ...seeds];
  const swept = await axesByChoice(context, { given, isSearched: sample !== undefined });
  if (swept.keys.length === 0) throw new UsageError('which values?', 'Like: varve sweep --lr 0.1,0.2 -- COMMAND');
  const pairs = options.pair.map((pair) => pair.split(','));
  const each = options.each.flatMap((keys) => keys.split(','));
  return { given, swept, sample, seed: seed ?? '0', pairs, each };
}

function countOf(option: string, text: string, least: number): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`${option} ${text} is not a number from ${least} to 9999`, `Like: ${option} 4`);
}

/** The words by which a scheduler starts the same sweep, from this working directory. */
function sweepWords(context: Context, { given, sample, seed }: Plan, options: SweepOptions): readonly string[] {
  const { file, definition } = context;
  const option = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  return [
    ...option('--definition', definition),
    ...option('--file', file),
    ...given.flatMap(([name, lists]) => lists.flatMap((list) => ['--set', `${name}=${list}`])),
    ...option('--sample', sample === undefined ? undefined : String(sample)),
    ...option('--sample-seed', sample === undefined ? undefined : seed),
    ...options.pair.flatMap((pair) => ['--pair', pair]),
    ...options.each.flatMap((key) => ['--each', key]),
    ...options.allowChange.flatMap((key) => ['--allow-change', key]),
    ...option('--retry', options.retry === '0' ? undefined : options.retry),
    '--output',
    options.output,
  ];
}

function refuse(context: Context, issues: readonly Issue[], name: string): number {
  context.note(issuesText(issues, name));
  if (context.json) printJson(context, { started: false, issues });
  return EXIT.invalid;
}

interface StartOptions {
  readonly definition: Definition;
  readonly options: SweepOptions;
  readonly jobs: number;
  readonly swept: PlannedAxes;
}

async function start(
  context: Context,
  points: readonly Point[],
  { options, jobs, swept, ...rest }: StartOptions,
): Promise<number> {
  const chosen = chosenPoints(context, points, options.index);
  const { runner, begin } = await prepare(context, rest.definition, options);
  await begin(
    swept,
    points.map(({ name, values }) => ({ name, values })),
  );
  for (const point of chosen) await runner.requireSame(point);
  const progress = new Progress(chosen.length, jobs);
  const end = await runAll(chosen, runner, {
    terminal: context.terminal,
    jobs,
    stopOnFailure: options.stopOnFailure,
    onOutcome: (outcome) => {
      const line = progress.lineOf(outcome);
      if (line !== undefined) context.note(line);
    },
  });
  return reportSweep(context, end, options.output);
}

/** All points, or the one that the index of a scheduler's task names. */
function chosenPoints({ terminal }: Context, points: readonly Point[], index: string | undefined): readonly Point[] {
  if (index === undefined) return points;
  const text = /^\d+$/.test(index) ? index : terminal.env[index];
  const point = text !== undefined && /^\d+$/.test(text) ? points[Number(text)] : undefined;
  if (point) return [point];
  const given = text === undefined ? `the variable ${index} is not set` : `there is no run ${text}`;
  throw new UsageError(given, `The runs are 0 to ${points.length - 1}.`);
}

async function ask(
  context: Context,
  definition: Definition,
  { options, jobs }: Pick<StartOptions, 'options' | 'jobs'>,
): Promise<number> {
  if (Object.keys(options.settings).length + options.set.length > 0) {
    throw new UsageError('--ask takes its values from standard input');
  }
  const { runner, begin } = await prepare(context, definition, options);
  await answerRequests({
    context,
    definition,
    runner,
    jobs,
    begin: (keys) => begin({ keys, dependent: [], snapshots: new Map() }),
  });
  return runner.signal === undefined ? EXIT.ok : codeOf(runner.signal);
}

type SweptKeys = Pick<NewSweep, 'keys' | 'dependent' | 'snapshots'>;

/** What starts the runs, and what records that they begin. */
interface PreparedSweep {
  readonly runner: Runner;
  readonly begin: (swept: SweptKeys, runs?: readonly PlannedRun[]) => Promise<void>;
}

async function prepare(context: Context, definition: Definition, options: SweepOptions): Promise<PreparedSweep> {
  const { output: shown } = options;
  const output = resolve(context.terminal.cwd, shown);
  const command = context.rest;
  const retry = countOf('--retry', options.retry, 0);
  const allowed = options.allowChange.flatMap((keys) => keys.split(','));
  const base = (await context.load({ argv: [], invalid: 'report' })).snapshot().toJSON();
  makeFolders(output);
  const runner = new Runner({ context, definition, command, output, shown, base, retry, allowed });
  const begin = (swept: SweptKeys, runs?: readonly PlannedRun[]): Promise<void> => {
    runner.record = () => recordSweep(output, shown, { ...swept, definition, command, base, runs, allowed });
    return runner.record();
  };
  return { runner, begin };
}
