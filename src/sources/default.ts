import type { Key } from '../key.ts';
import type { Entries, Entry, Layer } from '../layer.ts';
import type { Schema } from '../schema/leaf.ts';

/** The layer of the schema's own defaults, which were checked when it was compiled. Entries are made when asked for. */
export function defaultLayer(schema: Schema): Layer {
  return { name: 'default', entries: new DefaultEntries(schema), problems: new Map() };
}

class DefaultEntries implements Entries {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  get size(): number {
    return this.#schema.leaves.size;
  }

  get(key: Key): Entry | undefined {
    const value = this.#schema.leaves.get(key)?.default;
    return value === undefined ? undefined : { value, origin: { layer: 'default', name: key, location: 'schema' } };
  }

  has(key: Key): boolean {
    return this.#schema.leaves.get(key)?.default !== undefined;
  }

  keys(): MapIterator<Key> {
    return this.#schema.leaves.keys();
  }
}
