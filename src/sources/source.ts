import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entry, LayerName } from '../layer.ts';
import type { Schema } from '../schema/leaf.ts';

/** What a source says of the settings, and what is wrong with it beyond single values. */
export interface Reading {
  /** By key; a key that the schema does not have is a setting of its own under `unknown: 'allow'`. */
  readonly entries: ReadonlyMap<Key, Entry>;
  readonly issues?: readonly Issue[];
  readonly warnings?: readonly Issue[];
}

/** Where a layer comes from. A program may put its own anywhere in the stack. */
export interface Source {
  /** The name of its layer, unique in the stack. */
  readonly name: LayerName;
  /** Everything it says now; `loadConfigSync` refuses a source that answers later. */
  read(schema: Schema): Reading | Promise<Reading>;
}
