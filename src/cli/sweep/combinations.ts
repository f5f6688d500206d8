import { UsageError } from '../usage-error.ts';
import type { Axis } from './axis.ts';
import { drawShare } from './draw.ts';
import { drawnValue, gridValues } from './range.ts';

/** `KEY=TEXT` for each axis: what one run is given. */
export type Combination = readonly string[];

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

/** Axes that change together. */
type Bundle = readonly [Axis, ...Axis[]];

/** All combinations, the last axis changing first, or a random sample. Throws a `UsageError` for too many. */
export function combine(axes: readonly Axis[], { sample, seed, pairs, each }: CombineOptions): readonly Combination[] {
  for (const key of [...pairs.flat(), ...each]) {
    if (!axes.some((axis) => axis.key === key)) throw new UsageError(`${key} has no values to combine`);
  }
  const bundles = bundlesOf(axes, pairs);
  const isDrawn = (bundle: Bundle): boolean => sample !== undefined && !bundle.some(({ key }) => each.includes(key));
  const crossed = bundles.filter((bundle) => !isDrawn(bundle)).map(rowsOf);
  const drawn = bundles.filter(isDrawn);
  const draws = drawn.length === 0 ? [[]] : Array.from({ length: sample ?? 0 }, (_, i) => drawOf(drawn, seed, i));
  const size = crossed.reduce((product, rows) => product * rows.length, draws.length);
  if (size > MOST_RUNS)
    throw new UsageError(`these are ${size} runs, more than ${MOST_RUNS}`, 'Draw some: --sample 100');
  let combinations: readonly Combination[] = draws;
  for (const rows of crossed) combinations = combinations.flatMap((before) => rows.map((row) => [...before, ...row]));
  return combinations;
}

function bundlesOf(axes: readonly Axis[], pairs: readonly (readonly string[])[]): readonly Bundle[] {
  const bundles: Bundle[] = [];
  const placed = new Set<string>();
  for (const axis of axes) {
    if (placed.has(axis.key)) continue;
    const keys = pairs.find((pair) => pair.includes(axis.key)) ?? [axis.key];
    const others = axes.filter(({ key }) => key !== axis.key && keys.includes(key));
    bundles.push([axis, ...others]);
    for (const { key } of [axis, ...others]) placed.add(key);
  }
  return bundles;
}

/** The rows of a bundle in a grid: `KEY=TEXT` of each of its axes. */
function rowsOf(bundle: Bundle): readonly Combination[] {
  const columns = bundle.map((axis) => textsOf(axis).map((text) => `${axis.key}=${text}`));
  const [first = []] = columns;
  const other = columns.find(({ length }) => length !== first.length);
  if (other) {
    const keys = bundle.map(({ key }) => key).join(' and ');
    throw new UsageError(`${keys} are paired, but have ${first.length} and ${other.length} values`);
  }
  return first.map((_, i) => columns.map((column) => column[i] ?? ''));
}

function textsOf({ key, values }: Axis): readonly string[] {
  return 'low' in values ? gridValues(values, key).map(String) : values;
}

function drawOf(bundles: readonly Bundle[], seed: string, draw: number): Combination {
  return bundles.flatMap((bundle) => {
    const share = drawShare(seed, draw, bundle[0].key);
    return bundle.map(({ key, values }) => {
      const value = 'low' in values ? drawnValue(values, share) : values[Math.floor(share * values.length)];
      return `${key}=${value}`;
    });
  });
}
