import type { Key } from '../key.ts';
import type { Entries, Entry, Layer, Origin } from '../layer.ts';
import type { Schema, Setting, Settings } from '../schema/setting.ts';

/** The layer of the schema's own defaults, which were checked when it was compiled. Entries are made when asked for. */
export function defaultLayer(schema: Schema): Layer {
  return { name: 'default', entries: new DefaultEntries(schema.settings), problems: new Map() };
}

class DefaultEntries implements Entries {
  readonly #leaves: Settings;

  constructor(leaves: Settings) {
    this.#leaves = leaves;
  }

  get size(): number {
    return this.#leaves.size;
  }

  get(key: Key): Entry | undefined {
    const leaf = this.#leaves.get(key);
    return leaf && this.of(leaf);
  }

  of(leaf: Setting): Entry | undefined {
    const { default: value } = leaf;
    return value === undefined ? undefined : new DefaultEntry(leaf, value);
  }

  has(key: Key): boolean {
    return this.#leaves.get(key)?.default !== undefined;
  }

  keys(): MapIterator<Key> {
    return this.#leaves.keys();
  }

  unknownKeys(): Iterable<Key> {
    return [];
  }
}

class DefaultEntry implements Entry {
  readonly value: unknown;
  readonly #leaf: Setting;

  constructor(leaf: Setting, value: unknown) {
    this.value = value;
    this.#leaf = leaf;
  }

  get origin(): Origin {
    return { layer: 'default', name: this.#leaf.key, location: 'schema' };
  }
}
