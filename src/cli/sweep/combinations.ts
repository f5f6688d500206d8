import { UsageError } from '../usage-error.ts';
import { type Axis, textsOf } from './axis.ts';
import { drawShare } from './draw.ts';
import { drawnValue } from './range.ts';

/** `KEY=TEXT` for each axis: what one run is given. */
export type Combination = readonly string[];

/** The axes of the runs with one value for each chooser of variants that is swept. */
export interface ChoiceAxes {
  /** `KEY=TEXT` for each chooser that is swept. */
  readonly choice: Combination;
  /** The axes of the settings that exist with this choice. */
  readonly axes: readonly Axis[];
}

/** The axes of a sweep. */
export interface SweptAxes {
  /** The keys of the axes of all choices. */
  readonly keys: readonly string[];
  /** Without a swept chooser, one without values. */
  readonly choices: readonly ChoiceAxes[];
}

/** How the values of the axes are combined. */
export interface CombineOptions {
  /** Draws so many combinations instead of taking all of them. */
  readonly sample?: number | undefined;
  /** The seed of the draws. */
  readonly seed: string;
  /** Keys whose axes change together, first value with first value. */
  readonly pairs: readonly (readonly string[])[];
  /** Keys whose axes are not drawn: each draw runs with every one of their values. */
  readonly each: readonly string[];
}

/** More runs than this are taken for a mistake. */
const MOST_RUNS = 10_000;

/** Throws a `UsageError` for so many runs. */
export function requireFewRuns(count: number): void {
  if (count <= MOST_RUNS) return;
  throw new UsageError(`these are ${count} runs, more than ${MOST_RUNS}`, 'Draw some: --sample 100');
}

/** The keys of axes that change together. */
type Bundle = readonly [string, ...string[]];

/**
 * All combinations, the choosers of variants changing last and the last axis first, or a random sample. A combination has
 * only axes of the variants that it chooses. Throws a `UsageError` for too many.
 */
export function combine({ keys, choices }: SweptAxes, options: CombineOptions): readonly Combination[] {
  const { sample, seed, pairs, each } = options;
  for (const key of [...pairs.flat(), ...each]) {
    if (!keys.includes(key)) throw new UsageError(`${key} has no values to combine`);
  }
  const bundles = bundlesOf(keys, pairs);
  const isDrawn = (bundle: Bundle): boolean => sample !== undefined && !bundle.some((key) => each.includes(key));
  const drawn = bundles.filter(isDrawn);
  const grids = choices.map((choice) => {
    const rows = bundles.filter((bundle) => !isDrawn(bundle)).map((bundle) => rowsOf(axesIn(bundle, choice)));
    return { choice, rows: rows.map((some) => some.filter((row) => hasChoice(row, choice))) };
  });
  const products: (readonly (readonly Combination[])[])[] = [];
  for (let draw = 0; draw < (drawn.length === 0 ? 1 : (sample ?? 0)); draw += 1) {
    for (const { choice, rows } of grids) {
      const row = drawn.flatMap((bundle) => drawOf(axesIn(bundle, choice), drawShare(seed, draw, bundle[0])));
      if (hasChoice(row, choice)) products.push([[row], ...rows]);
    }
  }
  requireFewRuns(products.reduce((sum, rows) => sum + rows.reduce((size, { length }) => size * length, 1), 0));
  const combinations = products.flatMap(crossProduct).map((pairs) => [JSON.stringify(pairs), pairs] as const);
  return [...new Map(combinations).values()];
}

function crossProduct(columns: readonly (readonly Combination[])[]): readonly Combination[] {
  let combinations: readonly Combination[] = [[]];
  for (const rows of columns) combinations = combinations.flatMap((before) => rows.map((row) => [...before, ...row]));
  return combinations;
}

/** Whether what a row gives to choosers is this choice. */
function hasChoice(row: Combination, { choice }: ChoiceAxes): boolean {
  const chosen = new Map(choice.map((pair) => [keyOf(pair), pair]));
  return row.every((pair) => (chosen.get(keyOf(pair)) ?? pair) === pair);
}

function keyOf(pair: string): string {
  return pair.slice(0, pair.indexOf('='));
}

function bundlesOf(keys: readonly string[], pairs: readonly (readonly string[])[]): readonly Bundle[] {
  const bundles: Bundle[] = [];
  const placed = new Set<string>();
  for (const key of keys) {
    if (placed.has(key)) continue;
    const together = pairs.find((pair) => pair.includes(key)) ?? [key];
    const bundle: Bundle = [key, ...keys.filter((other) => other !== key && together.includes(other))];
    bundles.push(bundle);
    for (const one of bundle) placed.add(one);
  }
  return bundles;
}

/** The axes of a bundle that exist with a choice. */
function axesIn(bundle: Bundle, { axes }: ChoiceAxes): readonly Axis[] {
  return bundle.flatMap((key) => axes.find((axis) => axis.key === key) ?? []);
}

/** The rows of paired axes in a grid: `KEY=TEXT` of each of them. */
function rowsOf(axes: readonly Axis[]): readonly Combination[] {
  const columns = axes.map((axis) => textsOf(axis).map((text) => `${axis.key}=${text}`));
  const [first] = columns;
  if (!first) return [[]];
  const other = columns.find(({ length }) => length !== first.length);
  if (other) {
    const keys = axes.map(({ key }) => key).join(' and ');
    throw new UsageError(`${keys} are paired, but have ${first.length} and ${other.length} values`);
  }
  return first.map((_, i) => columns.map((column) => column[i] ?? ''));
}

/** The row of paired axes at a share from 0 up to 1. */
function drawOf(axes: readonly Axis[], share: number): Combination {
  return axes.map(({ key, values }) => {
    const value = 'low' in values ? drawnValue(values, share) : values[Math.floor(share * values.length)];
    return `${key}=${value}`;
  });
}
