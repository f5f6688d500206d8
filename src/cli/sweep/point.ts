import { createHash } from 'node:crypto';
import { type Config, describeIssues, type Issue, type SnapshotJson } from '../../index.ts';
import { valueText } from '../../words/values.ts';
import type { Context } from '../command.ts';
import { valueInSnapshot } from '../snapshot-file.ts';
import type { Combination } from './combinations.ts';

/** One run of a sweep, before it is started. */
export interface Point {
  /** The name of its folder: equal values give an equal name, whatever else is swept. */
  readonly name: string;
  /** What this run is given, by key. */
  readonly values: Readonly<Record<string, unknown>>;
  /** `KEY=TEXT`, for `--set`. */
  readonly pairs: Combination;
  readonly fingerprint: string;
}

/** The points of a sweep, or every problem of all of them. */
export type CheckedPoints = { readonly points: readonly Point[] } | { readonly issues: readonly Issue[] };

/** Loads the configuration of every combination, so that nothing starts if one of them is invalid. */
export async function checkPoints(context: Context, combinations: readonly Combination[]): Promise<CheckedPoints> {
  const issues = new Map<string, Issue>();
  const points = new Map<string, Point>();
  for (const pairs of combinations) {
    const config = await loadPoint(context, pairs);
    for (const issue of config.issues) issues.set(JSON.stringify([issue.key, issue.message, issue.origin]), issue);
    const point = pointOf(config, pairs);
    // `0.5` and `0.50` are one run.
    points.set(point.name, point);
  }
  return issues.size > 0 ? { issues: [...issues.values()] } : { points: [...points.values()] };
}

/** The configuration of a run; its problems are in `issues`. */
export function loadPoint(context: Pick<Context, 'load'>, pairs: Combination): Promise<Config> {
  return context.load({ argv: pairs.flatMap((pair) => ['--set', pair]), invalid: 'report' });
}

/** The point of a configuration that was loaded with these pairs. */
export function pointOf(config: Config, pairs: Combination): Point {
  const snapshot = config.snapshot().toJSON();
  const keys = pairs.map((pair) => givenKey(snapshot, pair.slice(0, pair.indexOf('='))));
  const values = Object.fromEntries(keys.map((key) => [key, valueInSnapshot(snapshot, key)]));
  return { name: nameOf(values), values, pairs, fingerprint: snapshot.fingerprint };
}

/**
 * The key whose value `--set NAME` gives: a name may be an alias, or that of a member which layers write with other case, `-`
 * and `_`.
 */
function givenKey(snapshot: SnapshotJson, name: string): string {
  if (valueInSnapshot(snapshot, name) !== undefined) return name;
  const { origins } = snapshot;
  return Object.keys(origins).find((key) => origins[key]?.name === `--set ${name}`) ?? name;
}

/** A name, its hash and the names of the files in it fit into every file system. */
const LONGEST_NAME = 120;

/** The name of the folder of a run with these values. */
export function nameOf(values: Point['values']): string {
  const entries = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = entries.map(([key, value]) => `${key}=${valueText(value)}`).join(',');
  const hash = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 8);
  return `${text.replace(/[^\w.,=+-]+/g, '_').slice(0, LONGEST_NAME)}-${hash}`;
}

/** The values of a run on one line. */
export function pointText({ values }: Pick<Point, 'values'>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(' ');
}

/** The problems for which no run is started. */
export function issuesText(issues: readonly Issue[], name: string): string {
  return `${describeIssues(issues, `the configuration of ${name}`)}\nvarve: nothing was started: configuration invalid`;
}
