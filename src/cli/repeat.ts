import { type Config, type Definition, describeOrigin, type Entry, type SnapshotJson, type Source } from '../index.ts';
import { describeSetting, renameSnapshot, snapshotFingerprint } from '../tools.ts';
import { valueText } from '../words/values.ts';
import type { Context } from './command.ts';
import { RefusedError } from './command-errors.ts';
import { readRun, valueInSnapshot } from './snapshot-file.ts';

/** The configuration of an earlier run. */
export interface Repetition {
  readonly config: Config;
  /** The fingerprint of the earlier run. */
  readonly fingerprint: string;
}

/**
 * Loads the configuration that a snapshot holds. What the snapshot does not hold comes from the layers of today: the
 * values of secrets, and settings that the definition has gained since. Notes what differs from the earlier run.
 */
export async function repeatRun(context: Context, name: string): Promise<Repetition> {
  const { definition } = await context.define();
  const original = readRun(name, context.terminal.cwd);
  const before = renameSnapshot(original, definition);
  const today = await context.load({ argv: [], invalid: 'report' });
  const source = snapshotSource(definition, { before, location: name });
  // Its choices decide which settings of variants there are.
  const chosen = await context.load({ argv: [], layers: [source], invalid: 'report', warnings: 'return' });
  const whole = withToday(source, chosen, today);
  const config = await context.load({ argv: [], layers: [whole] });
  const lost = lostKeys(before, definition);
  requireSameFingerprint(original, before, { config, lost });
  noteDifferences(context, { original, before, config, lost });
  context.note(`varve: repeats ${name}: ${fingerprintText(original, before, config.snapshot().toJSON())}`);
  return { config, fingerprint: original.fingerprint };
}

/** The entries of a layer, as a source. */
interface EntrySource extends Source {
  readonly entries: ReadonlyMap<string, Entry>;
}

function entrySource(entries: ReadonlyMap<string, Entry>): EntrySource {
  return { name: 'snapshot', entries, read: () => ({ entries }) };
}

/** The settings that the snapshot has, except secrets. */
function snapshotSource(
  definition: Definition,
  { before, location }: { readonly before: SnapshotJson; readonly location: string },
): EntrySource {
  const entries = new Map<string, Entry>();
  const take = (key: string): void => {
    const value = valueInSnapshot(before, key);
    if (value !== undefined) entries.set(key, { value, origin: { layer: 'snapshot', name: key, location } });
  };
  for (const key of Object.keys(before.origins)) {
    const setting = describeSetting(definition, key);
    const isTaken = setting ? !setting.sensitive : definition.unknown === 'allow';
    // A setting that a reference makes sensitive is so in the snapshot only.
    if (isTaken && !Object.hasOwn(before.secrets, key)) take(key);
  }
  return entrySource(entries);
}

/** The source, and the values of today for the other settings of `config`. */
function withToday({ entries }: EntrySource, config: Config, today: Config): EntrySource {
  const known = new Set(today.explainAll().map(({ key }) => key));
  const others = config.explainAll().flatMap(({ key }): readonly (readonly [string, Entry])[] => {
    if (entries.has(key) || !known.has(key)) return [];
    const origin = today.explain(key).winner;
    const value = today.get(key);
    return origin && value !== undefined ? [[key, { value, origin }]] : [];
  });
  return entrySource(new Map([...entries, ...others]));
}

function lostKeys({ origins }: SnapshotJson, definition: Definition): readonly string[] {
  return Object.keys(origins).filter((key) => !describeSetting(definition, key));
}

/** Throws if the settings that both runs have do not give the fingerprint of the earlier one. */
function requireSameFingerprint(
  original: SnapshotJson,
  before: SnapshotJson,
  { config, lost }: { readonly config: Config; readonly lost: readonly string[] },
): void {
  const now = config.snapshot().toJSON();
  const oldKeys = Object.keys(original.origins);
  // The present values under the earlier names; a setting that the definition has lost keeps its value.
  const values = Object.keys(before.origins).reduce((tree, key, i) => {
    const value = lost.includes(key) ? valueInSnapshot(before, key) : valueInSnapshot(now, key);
    return withMember(tree, (oldKeys[i] ?? key).split('.'), value);
  }, original.values);
  if (snapshotFingerprint({ ...original, values }) === original.fingerprint) return;
  throw new RefusedError(
    'the snapshot does not give its own fingerprint: its text was changed, or a format reads its values differently',
  );
}

type Tree = SnapshotJson['values'];

function withMember(tree: Tree, [name = '', ...rest]: readonly string[], value: unknown): Tree {
  const inner = tree[name];
  const isTree = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  return { ...tree, [name]: rest.length === 0 ? value : withMember(isTree ? (inner as Tree) : {}, rest, value) };
}

/** Whether the fingerprint is that of the earlier run; if not, which settings it gained, lost or has by another name. */
function fingerprintText(original: SnapshotJson, before: SnapshotJson, now: SnapshotJson): string {
  const [was, is] = [original.fingerprint, now.fingerprint].map((fingerprint) => fingerprint.slice(0, 12));
  if (original.fingerprint === now.fingerprint) return `the same fingerprint ${was}`;
  const reasons = [
    ...before.identity.flatMap((key, i) => {
      const old = original.identity[i];
      if (!now.identity.includes(key))
        return [Object.hasOwn(now.origins, key) ? `${key} no longer counts` : `${key} is gone`];
      return old === key ? [] : [`${old} is ${key} now`];
    }),
    ...now.identity
      .filter((key) => !before.identity.includes(key))
      .map((key) => (Object.hasOwn(before.origins, key) ? `${key} counts now` : `${key} is new`)),
  ];
  return `the fingerprint was ${was}, is ${is}${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}`;
}

interface Differences {
  readonly original: SnapshotJson;
  readonly before: SnapshotJson;
  readonly config: Config;
  readonly lost: readonly string[];
}

function noteDifferences(context: Context, { original, before, config, lost }: Differences): void {
  const oldKeys = Object.keys(original.origins);
  for (const [i, key] of Object.keys(before.origins).entries()) {
    if (oldKeys[i] !== key) context.note(`note: ${oldKeys[i]} is ${key} now`);
  }
  for (const key of lost) {
    context.note(`note: ${key} was ${valueText(valueInSnapshot(before, key))}; the definition no longer has it`);
  }
  for (const { key, redacted, value, winner } of config.explainAll()) {
    if (!winner || (key in before.origins && !redacted)) continue;
    const from = describeOrigin(winner);
    if (key in before.origins) context.note(`note: ${key} is not in the snapshot; its value comes from ${from}`);
    else context.note(`note: ${key} is new: ${valueText(value)} (${from})`);
  }
}
