import {
  type Config,
  compareSnapshots,
  type Definition,
  describeOrigin,
  type Entry,
  LAYERS,
  type SnapshotJson,
  type Source,
} from '../index.ts';
import { describeSetting, renameSnapshot, repeatedSnapshot, snapshotFingerprint } from '../tools.ts';
import { optionalValueText, valueText } from '../words/values.ts';
import type { Context } from './command.ts';
import { RefusedError } from './command-errors.ts';
import { readRun, valueInSnapshot } from './snapshot-file.ts';

/** The configuration of an earlier run, and the snapshot of its repetition. */
export interface Repetition {
  readonly config: Config;
  readonly snapshot: SnapshotJson;
}

/**
 * Loads the configuration that a snapshot holds. What the snapshot does not hold comes from the layers of today: the
 * values of secrets, and settings that the definition has gained since. Notes what differs from the earlier run.
 */
export async function repeatRun(context: Context, name: string): Promise<Repetition> {
  const { definition } = await context.define();
  const original = readRun(name, context.terminal.cwd);
  if (snapshotFingerprint(original) !== original.fingerprint)
    throw new RefusedError('the snapshot does not give its own fingerprint: its text was changed');
  const before = renameSnapshot(original, definition);
  const source = await withToday(context, snapshotEntries(definition, before, name));
  const config = await context.load({ argv: [], layers: layersOf(definition, source) });
  const snapshot = repeatedSnapshot(config, original);
  const run = { original, before, snapshot, config };
  requireSameValues(run);
  noteDifferences(context, run);
  context.note(`varve: repeats ${name}: ${fingerprintText(run)}`);
  return { config, snapshot };
}

type Layers = NonNullable<Definition['layers']>;

/** The layers of a repetition: what the definition gives, and above it what the run had. */
function layersOf({ layers = LAYERS }: Definition, entries: ReadonlyMap<string, Entry>): Layers {
  const source: Source = { name: 'snapshot', read: () => ({ entries }) };
  return [...layers.filter((layer) => layer === 'default'), source];
}

/** The settings that the snapshot has, except secrets. */
function snapshotEntries(definition: Definition, before: SnapshotJson, location: string): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const key of [...Object.keys(before.origins), ...Object.keys(before.definitionChanges?.lost ?? {})]) {
    const setting = describeSetting(definition, key);
    const isTaken = setting ? !setting.sensitive : definition.unknown === 'allow';
    const value = valueInSnapshot(before, key);
    // A setting that a reference makes sensitive is so in the snapshot only.
    if (!isTaken || value === undefined || Object.hasOwn(before.secrets, key)) continue;
    entries.set(key, { value, origin: { layer: 'snapshot', name: key, location }, isWhole: true });
  }
  return entries;
}

/** The entries, and those of today for the other settings; a choice between variants may bring more of them. */
async function withToday(context: Context, entries: ReadonlyMap<string, Entry>): Promise<ReadonlyMap<string, Entry>> {
  const { definition } = await context.define();
  const today = await context.load({ argv: [], invalid: 'report' });
  const given = new Map(today.explainAll().map(({ key, winner }) => [key, winner]));
  let all = entries;
  for (;;) {
    const layers = layersOf(definition, all);
    const config = await context.load({ argv: [], layers, invalid: 'report', warnings: 'return' });
    const others = config.explainAll().flatMap(({ key }): readonly (readonly [string, Entry])[] => {
      const origin = given.get(key);
      const value = all.has(key) || !origin || origin.layer === 'default' ? undefined : today.get(key);
      return origin && value !== undefined ? [[key, { value, origin, isWhole: true }]] : [];
    });
    if (others.length === 0) return all;
    all = new Map([...all, ...others]);
  }
}

/** An earlier run, also under the present keys, and its repetition. */
interface RepeatedRun {
  readonly original: SnapshotJson;
  readonly before: SnapshotJson;
  readonly snapshot: SnapshotJson;
  readonly config: Config;
}

/** Throws if the definition reads a value of the snapshot as another one. */
function requireSameValues({ before, snapshot }: RepeatedRun): void {
  const identity = new Set(snapshot.identity);
  const others = compareSnapshots(before, snapshot).filter(
    ({ key, before: was, kind }) => was !== undefined && kind !== 'secret' && identity.has(key),
  );
  if (others.length === 0) return;
  const texts = others.map(({ key, before: was, after }) => `${key} was ${valueText(was)}, is ${valueText(after)}`);
  throw new RefusedError(`the definition reads a value of the snapshot as another one: ${texts.join('; ')}`);
}

/** Whether the fingerprint is that of the earlier run; if not, why. */
function fingerprintText(run: RepeatedRun): string {
  const { original, snapshot } = run;
  const [was, is] = [original.fingerprint, snapshot.fingerprint].map((fingerprint) => fingerprint.slice(0, 12));
  if (original.fingerprint === snapshot.fingerprint) return `the same fingerprint ${was}`;
  return `the fingerprint was ${was}, is ${is}: ${[...gainedTexts(run), ...secretTexts(run)].join('; ')}`;
}

/** The gained settings that have another value than their default. */
function gainedTexts({ before, snapshot, config }: RepeatedRun): readonly string[] {
  const known = new Set(before.identity);
  const counted = snapshot.identity.filter((key) => !known.has(key));
  return counted.map((key) => {
    const { value, winner, without } = config.explain(key);
    const from = winner ? ` (${describeOrigin(winner)})` : '';
    return `${key} is new and ${valueText(value)}${from}, its default is ${optionalValueText(without?.value)}`;
  });
}

/** The secrets of the fingerprint whose values are others, or cannot be compared. */
function secretTexts({ before, snapshot }: RepeatedRun): readonly string[] {
  return before.identity.flatMap((key) => {
    const [was, is] = [before.secrets[key], snapshot.secrets[key]];
    if (was === is) return [];
    if (!Object.hasOwn(snapshot.origins, key)) return `${key} has no value`;
    if (was === undefined) return `${key} is a secret now`;
    if (is === undefined) return `${key} was a secret`;
    return is === null ? `${key} is a secret, compared only with VARVE_FINGERPRINT_KEY` : `${key} is another secret`;
  });
}

function noteDifferences(context: Context, { original, before, snapshot, config }: RepeatedRun): void {
  const oldKeys = Object.keys(original.origins);
  for (const [i, key] of Object.keys(before.origins).entries()) {
    if (oldKeys[i] !== key) context.note(`note: ${oldKeys[i]} is ${key} now`);
  }
  const { lost = {} } = snapshot.definitionChanges ?? {};
  const gained = new Set(snapshot.definitionChanges?.gained);
  for (const [key, value] of Object.entries(lost))
    context.note(`note: ${key} was ${valueText(value)}; the definition no longer has it`);
  for (const { key, redacted, value, winner } of config.explainAll()) {
    if (!winner) continue;
    const from = describeOrigin(winner);
    if (gained.has(key) && !Object.hasOwn(before.origins, key))
      context.note(`note: ${key} is new: ${valueText(value)} (${from})`);
    else if (redacted || Object.hasOwn(before.secrets, key))
      context.note(`note: ${key} is not in the snapshot; its value comes from ${from}`);
  }
}
