import { createHash } from 'node:crypto';
import { valueText } from '../../words/values.ts';
import { UsageError } from '../usage-error.ts';

/** One value that a setting is tried with. */
export interface AxisValue {
  /** As the setting's flag gives it. */
  readonly text: string;
  /** What it means to the setting. */
  readonly value: unknown;
}

/** A setting with the values that it is tried with. */
export interface CheckedAxis {
  readonly key: string;
  readonly values: readonly AxisValue[];
}

/** One run of a grid. */
export interface Point {
  /** What its folder is called: the same for the same values, whatever else is in the grid. */
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** `KEY=TEXT`, for `--set`. */
  readonly pairs: readonly string[];
}

/** More than this is surely a mistake. */
const LARGEST = 100_000;
/** A name, its hash and those of the files in it fit into any file system. */
const LONGEST_NAME = 120;

/** Every combination, the last axis changing first. Throws a `UsageError` where there are too many. */
export function pointsOf(axes: readonly CheckedAxis[]): readonly Point[] {
  const size = axes.reduce((product, { values }) => product * values.length, 1);
  if (size > LARGEST) throw new UsageError(`these are ${size} runs, more than ${LARGEST}`);
  let combinations: readonly (readonly (readonly [key: string, value: AxisValue])[])[] = [[]];
  for (const { key, values } of axes) {
    combinations = combinations.flatMap((before) => values.map((value) => [...before, [key, value] as const]));
  }
  return combinations.map((pairs) => {
    const values = Object.fromEntries(pairs.map(([key, { value }]) => [key, value]));
    return { name: nameOf(values), values, pairs: pairs.map(([key, { text }]) => `${key}=${text}`) };
  });
}

function nameOf(values: Point['values']): string {
  const entries = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const shown = entries.map(([key, value]) => `${key}=${valueText(value)}`).join(',');
  const hash = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 8);
  return `${shown.replace(/[^\w.,=+-]+/g, '_').slice(0, LONGEST_NAME)}-${hash}`;
}

/** The values of a run on one line. */
export function pointText({ values }: Point): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(' ');
}
