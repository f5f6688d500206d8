import type { Key } from '../key.ts';
import { type Entry, type Layer, type LayerEntries, OverlaidEntries } from '../layer.ts';
import { computedWith } from '../overlaid-layer.ts';

/** The layer that a program writes at run time; it is never persisted. */
export class OverrideLayer implements Layer {
  readonly name = 'override';
  readonly entries: LayerEntries;
  readonly problems: ReadonlyMap<Key, string>;
  readonly #overrides = new Map<Key, { readonly entry: Entry }>();

  constructor({ entries, problems }: Layer) {
    this.entries = new OverlaidEntries(() => entries, this.#overrides);
    this.problems = problems;
  }

  /** The keys whose entries have an expression. */
  get computed(): ReadonlySet<Key> | undefined {
    return computedWith(undefined, this.#overrides);
  }

  /** Replaces the entry of a key; `undefined` removes it. */
  set(key: Key, entry: Entry | undefined): void {
    if (entry) this.#overrides.set(key, { entry });
    else this.#overrides.delete(key);
  }
}
