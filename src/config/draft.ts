import { RESERVED_NAME } from '../json/value.ts';
import { childKey, type Key } from '../key.ts';
import type { Schema } from '../schema/leaf.ts';

/** A tree that a program may change; without prototypes, so that `__proto__` is a member like any other, and seen. */
export type Draft = { [name: string]: unknown };

/** A draft of frozen values. */
export function draftOf(values: unknown): unknown {
  if (Array.isArray(values)) return values.map(draftOf);
  if (typeof values !== 'object' || values === null || values instanceof RegExp) return values;
  const draft: Draft = Object.create(null);
  for (const [name, value] of Object.entries(values)) draft[name] = draftOf(value);
  return draft;
}

/** The keys of a draft that are none of the schema's: those a program made up or misspelt. */
export function* strangeKeys(draft: object, schema: Schema, parent: Key = ''): Generator<Key> {
  for (const [name, value] of Object.entries(draft)) {
    const key = childKey(parent, name);
    const isGroup = name !== RESERVED_NAME && schema.groups.has(key) && typeof value === 'object' && value !== null;
    if (isGroup) yield* strangeKeys(value, schema, key);
    else if (!schema.leaves.has(key)) yield key;
  }
}
