import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import type { Leaf, Schema } from '../schema/leaf.ts';

/** What a source says of a setting under a name that the setting had before. */
export interface Former {
  readonly leaf: Leaf;
  readonly entry: Entry;
  /** The former name as it was written: `old_key`, `RL_OLD_KEY`, `--old-key`. */
  readonly name: string;
  /** What is to be written instead. */
  readonly now: string;
}

/** What a source says, with the warnings that come of the names it was said under. */
export interface Renamed {
  readonly entries: ReadonlyMap<Key, Entry>;
  readonly warnings: readonly Issue[];
}

/**
 * Adds what a source says under former names, where it does not say it under the names of now; the first of several
 * former names counts. Each is warned of, and so is every setting that is deprecated itself.
 */
export function withFormer(schema: Schema, entries: ReadonlyMap<Key, Entry>, formers: readonly Former[]): Renamed {
  const all = formers.length === 0 ? entries : withOld(entries, formers);
  const warnings = formers.map((former) => formerWarning(former, all.get(former.leaf.key)));
  return { entries: all, warnings: [...warnings, ...deprecations(schema, all)] };
}

function withOld(entries: ReadonlyMap<Key, Entry>, formers: readonly Former[]): ReadonlyMap<Key, Entry> {
  const all = new Map(entries);
  for (const { leaf, entry } of formers) if (!all.has(leaf.key)) all.set(leaf.key, entry);
  return all;
}

function formerWarning({ leaf, entry, name, now }: Former, winner: Entry | undefined): Issue {
  if (!winner || winner === entry) {
    const message = `is given by its former name ${name}`;
    return warning(leaf.key, entry.origin, { message, suggestion: `Write ${now} instead.` });
  }
  const message = `is not taken from its former name ${name}, for ${winner.origin.name} gives it too`;
  return warning(leaf.key, entry.origin, { message, suggestion: `Remove ${name}.` });
}

function* deprecations({ leaves }: Schema, entries: ReadonlyMap<Key, Entry>): Generator<Issue> {
  for (const [key, entry] of entries) {
    const deprecated = leaves.get(key)?.node.deprecated;
    if (deprecated === undefined || deprecated === false) continue;
    const message = typeof deprecated === 'string' ? `is deprecated: ${deprecated}` : 'is deprecated';
    yield warning(key, entry.origin, { message });
  }
}

function warning(key: Key, { layer, name, location }: Origin, text: Pick<Issue, 'message' | 'suggestion'>): Issue {
  return { code: 'DEPRECATED', key, ...text, origin: { layer, name, location } };
}
