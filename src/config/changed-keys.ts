import { isWithin, type Key, keysAround } from '../key.ts';
import type { Entries, Entry } from '../layer.ts';

/** A key, if a layer has an entry for it, and the keys inside it. */
export function keysWithin(entries: Entries, outer: Key): readonly Key[] {
  if (entries instanceof ChangedKeys) return [...entries.within(outer)];
  return [...entries.keys()].filter((key) => isWithin(key, outer));
}

/** The entries of a layer, while changes are made one by one; what is inside a group is found without looking at all of them. */
export class ChangedKeys extends Map<Key, Entry> {
  readonly #within = new Map<Key, Set<Key>>();

  constructor(entries: Entries) {
    super();
    for (const key of entries.keys()) this.set(key, entries.get(key) as Entry);
  }

  /** The key itself, if it has an entry, and the keys inside it. */
  within(outer: Key): Iterable<Key> {
    return this.#within.get(outer) ?? [];
  }

  override set(key: Key, entry: Entry): this {
    for (const around of keysAround(key)) {
      const inside = this.#within.get(around) ?? new Set();
      this.#within.set(around, inside.add(key));
    }
    return super.set(key, entry);
  }

  override delete(key: Key): boolean {
    for (const around of keysAround(key)) this.#within.get(around)?.delete(key);
    return super.delete(key);
  }
}
