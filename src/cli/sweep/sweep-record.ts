import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  compareSnapshots,
  type Definition,
  jsonFile,
  type SnapshotDifference,
  type SnapshotJson,
} from '../../index.ts';
import { isSnapshot, renameSnapshot } from '../../tools.ts';
import { parseBoundedJson } from '../../words/bounded-json.ts';
import { locationText, valueText } from '../../words/values.ts';
import { RefusedError } from '../command-errors.ts';
import { withoutKeys } from '../snapshot-file.ts';
import { isObject } from '../value-tree.ts';
import type { Point } from './point.ts';
import { RunFolder } from './run-folder.ts';

/** What all runs of a folder share, in its file `sweep.json`: a run is this and its own values, and nothing else. */
export interface SweepRecord {
  readonly command: readonly string[];
  /** The settings, and members of settings, that any sweep in this folder gave values to. */
  readonly swept: readonly string[];
  /** The configuration without the settings that are swept. */
  readonly constants: SnapshotJson;
  /** The same for each choice of variants that a sweep made: their settings are not in `constants`. */
  readonly choices?: Readonly<Record<string, SnapshotJson>>;
  /** The runs of the latest grid or sample. */
  readonly runs: readonly PlannedRun[];
}

/** What `sweep.json` has of a run, which may not have started. */
export type PlannedRun = Pick<Point, 'name' | 'values'>;

/** A sweep that wants to run in a folder. */
export interface NewSweep {
  readonly definition: Definition;
  readonly command: readonly string[];
  /** The keys that this sweep gives values to. */
  readonly keys: readonly string[];
  /** The configuration that the swept values are added to. */
  readonly base: SnapshotJson;
  /** Settings that differ with a choice of variants that this sweep makes. */
  readonly dependent: readonly string[];
  /** The configuration of each of these choices. */
  readonly snapshots: ReadonlyMap<string, SnapshotJson>;
  readonly runs: readonly PlannedRun[] | undefined;
  /** Keys that may differ from what earlier runs in the folder had. */
  readonly allowed: readonly string[];
}

/** How long another sweep that starts in the same folder is waited for, in milliseconds. */
const LOCK_MS = 60_000;
export const SWEEP = 'sweep.json';

/**
 * Records the sweep in its folder. Throws {@link RefusedError} if the runs that are there have another command, or another
 * value of a setting that it does not sweep.
 */
export async function recordSweep(folder: string, shown: string, sweep: NewSweep): Promise<void> {
  const name = join(shown, SWEEP);
  // A save would write through a link, also to a file that does not exist yet.
  if (lstatSync(join(folder, SWEEP), { throwIfNoEntry: false })?.isSymbolicLink())
    throw new RefusedError(`${name} is a link, and not a file. Choose another folder: -o FOLDER`);
  const file = jsonFile(join(folder, SWEEP), { name, lockTimeout: LOCK_MS, private: true });
  await file.local?.edit(({ text }) => {
    const recorded = text === null ? undefined : renameRecord(parseSweep(text, name), sweep.definition);
    const before = hasRuns(folder, shown) ? recorded : undefined;
    const next = `${JSON.stringify(nextRecord(before, sweep, name), null, 2)}\n`;
    return next === text ? undefined : next;
  });
}

function renameRecord(record: SweepRecord, definition: Definition): SweepRecord {
  const { constants, choices = {} } = record;
  const renamedChoices = Object.entries(choices).map(([name, one]) => [name, renameSnapshot(one, definition)]);
  return {
    ...record,
    constants: renameSnapshot(constants, definition),
    choices: Object.fromEntries(renamedChoices),
  };
}

/** Whether a run of the folder was ever started: a sweep that started none does not own the folder. */
function hasRuns(folder: string, shown: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && new RunFolder(folder, shown, entry.name).hasStarted(),
  );
}

function nextRecord(before: SweepRecord | undefined, sweep: NewSweep, name: string): SweepRecord {
  const { command, keys, base, dependent, snapshots } = sweep;
  if (before && !isDeepStrictEqual(before.command, command)) {
    throw new RefusedError(
      `${name} is of another command: ${before.command.join(' ')}. Choose another folder: -o FOLDER`,
    );
  }
  const swept = [...keys, ...dependent];
  const sweptBefore = before?.swept ?? [];
  const merged = (constants: SnapshotJson | undefined, now: SnapshotJson, without: readonly string[]): SnapshotJson =>
    nextConstants(constants, withoutKeys(now, without), { ...sweep, keys: without, swept: sweptBefore });
  const choices = [...snapshots].map(
    ([choice, now]) => [choice, merged(before?.choices?.[choice], now, keys)] as const,
  );
  const known = { ...before?.choices, ...Object.fromEntries(choices) };
  return {
    command,
    swept: [...new Set([...sweptBefore, ...swept])],
    constants: merged(before?.constants, base, swept),
    ...(Object.keys(known).length > 0 && { choices: known }),
    runs: sweep.runs ?? before?.runs ?? [],
  };
}

/** The constants of this folder with those of a sweep. Throws {@link RefusedError} if one has another value. */
function nextConstants(
  before: SnapshotJson | undefined,
  now: SnapshotJson,
  sweep: Pick<NewSweep, 'keys' | 'definition' | 'allowed'> & Pick<SweepRecord, 'swept'>,
): SnapshotJson {
  if (!before) return now;
  const { keys, definition, allowed, swept } = sweep;
  requireSame(withoutKeys(before, keys), now, {
    definition,
    // What was swept until now has no constant value yet.
    allowed: [...allowed, ...swept.filter((key) => !Object.hasOwn(before.origins, key))],
    where: 'in the runs of this folder',
  });
  return mergeConstants(before, now, allowed);
}

/** The constants of before, with those that are new to this folder or that may change. */
function mergeConstants(before: SnapshotJson, now: SnapshotJson, allowed: readonly string[]): SnapshotJson {
  const keys = Object.keys(now.origins);
  const isFresh = (key: string): boolean => !Object.hasOwn(before.origins, key) || isAllowed(key, allowed);
  const fresh = keys.filter(isFresh);
  const taken = withoutKeys(
    now,
    keys.filter((key) => !isFresh(key)),
  );
  const kept = withoutKeys(before, fresh);
  return {
    ...kept,
    values: mergeTrees(kept.values, taken.values),
    origins: { ...kept.origins, ...taken.origins },
    identity: [...kept.identity, ...taken.identity],
    secrets: { ...kept.secrets, ...taken.secrets },
  };
}

type Tree = Readonly<Record<string, unknown>>;

/** The values of both, which have no key in common. */
function mergeTrees(first: Tree, second: Tree): Tree {
  const merged: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const before = merged[name];
    merged[name] = isObject(before) ? mergeTrees(before, value as Tree) : value;
  }
  return merged;
}

/** What a comparison of two configurations allows, and what it calls the first one. */
export interface SameOptions {
  readonly definition: Definition;
  readonly allowed: readonly string[];
  readonly where: string;
}

/** Throws {@link RefusedError} with every setting that makes `now` another run than `before`. */
export function requireSame(
  before: SnapshotJson,
  now: SnapshotJson,
  { definition, allowed, where }: SameOptions,
): void {
  const others = compareSnapshots(renameSnapshot(before, definition), now).filter(
    ({ kind, key }) => kind === 'identity' && !isAllowed(key, allowed),
  );
  if (others.length === 0) return;
  const keys = others.map(({ key }) => key).join(',');
  throw new RefusedError(
    `${others.map((difference) => differenceText(difference, where)).join('; ')}\n` +
      `  Start another folder: -o FOLDER. Or sweep it, or allow the change: --allow-change ${keys}`,
  );
}

function differenceText({ key, before, after, to }: SnapshotDifference, where: string): string {
  const shown = (value: unknown): string => (value === undefined ? 'not set' : valueText(value));
  const origin = to === undefined ? '' : ` (${to.layer === 'default' ? 'default' : locationText(to)})`;
  return `${key} is ${shown(after)}${origin}, and was ${shown(before)} ${where}`;
}

/** The record of a sweep. Throws {@link RefusedError} for a text that is not one. */
export function parseSweep(text: string, name: string): SweepRecord {
  let value: Partial<SweepRecord> | null | undefined;
  try {
    value = parseBoundedJson(text) as Partial<SweepRecord> | null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const { command, swept, constants, choices = {}, runs } = value ?? {};
  const areSnapshots = isObject(choices) && [constants, ...Object.values(choices)].every(isSnapshot);
  const isSweep = [command, swept].every(Array.isArray) && areSnapshots && isPlan(runs);
  if (!isSweep) throw new RefusedError(`${name} was not written by varve sweep. Choose another folder: -o FOLDER`);
  return value as SweepRecord;
}

function isPlan(runs: unknown): boolean {
  return Array.isArray(runs) && runs.every((run) => isObject(run) && typeof run['name'] === 'string');
}

/** Whether a key is allowed to differ, or a group, member or list that it is in. */
function isAllowed(key: string, allowed: readonly string[]): boolean {
  return allowed.some((one) => key === one || key.startsWith(`${one}.`));
}
