import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import { type Entries, type Entry, entryOf, type Origin, OverlaidEntries } from '../layer.ts';
import { deprecatedNames } from '../schema/names.ts';
import type { Schema, Setting } from '../schema/setting.ts';

/** What a source says of a setting under a name that the setting had before. */
export interface Former {
  readonly leaf: Setting;
  readonly entry: Entry;
  /** The former name as it was written: `old_key`, `RL_OLD_KEY`, `--old-key`. */
  readonly name: string;
  /** What is to be written instead. */
  readonly now: string;
}

/** What a source says, with the warnings that come of the names it was said under. */
export interface Renamed {
  readonly entries: Entries;
  readonly warnings: readonly Issue[];
}

/**
 * Adds what a source says under former names, where it does not say it under the names of now; the first of several
 * former names counts. Each is warned of, and so is every setting that is deprecated itself.
 */
export function withFormer(schema: Schema, entries: Entries, formers: readonly Former[]): Renamed {
  const all = formers.length === 0 ? entries : withOld(entries, formers);
  const warnings = formers.map((former) => formerWarning(former, all.get(former.leaf.key)));
  return { entries: all, warnings: [...warnings, ...deprecations(schema, all)] };
}

function withOld(entries: Entries, formers: readonly Former[]): Entries {
  const old = new Map<Key, { readonly entry: Entry }>();
  for (const { leaf, entry } of formers) {
    if (!old.has(leaf.key) && !entryOf(entries, leaf)) old.set(leaf.key, { entry });
  }
  return new OverlaidEntries(() => entries, old);
}

function formerWarning({ leaf, entry, name, now }: Former, winner: Entry | undefined): Issue {
  if (!winner || winner === entry) {
    const message = `is given by its former name ${name}`;
    return warning(leaf.key, entry.origin, { message, suggestion: `Write ${now} instead.` });
  }
  const message = `is not taken from its former name ${name}, for ${winner.origin.name} gives it too`;
  return warning(leaf.key, entry.origin, { message, suggestion: `Remove ${name}.` });
}

function* deprecations(schema: Schema, entries: Entries): Generator<Issue> {
  for (const leaf of deprecatedNames(schema).deprecated) {
    const entry = entryOf(entries, leaf);
    if (!entry) continue;
    const { deprecated } = leaf.node;
    const message = typeof deprecated === 'string' ? `is deprecated: ${deprecated}` : 'is deprecated';
    yield warning(leaf.key, entry.origin, { message });
  }
}

function warning(key: Key, { layer, name, location }: Origin, text: Pick<Issue, 'message' | 'suggestion'>): Issue {
  return { code: 'DEPRECATED', key, ...text, origin: { layer, name, location } };
}
