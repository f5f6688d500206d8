import deepmerge from 'deepmerge';
import { isPlainObject } from './json/value.ts';
import type { Entry, Layer } from './layer.ts';
import type { Setting } from './schema/setting.ts';

/** What counts as the value of an entry: its `value`, or its JSON by `jsonOf`. */
export type EntryReader = (entry: Entry) => unknown;

/** The entry whose value is combined with those below. */
export interface Combination {
  readonly layers: readonly Layer[];
  /** The index of the layer that has `entry`. */
  readonly from: number;
  readonly entry: Entry;
  readonly readEntry: EntryReader;
}

/** Combines the value of `entry` with the objects, or the lists, of the layers below, down to the first that is neither. */
export function combinedValue({ key, isObject }: Setting, { layers, from, entry, readEntry }: Combination): unknown {
  const canCombine = isObject ? isPlainObject : Array.isArray;
  const values: unknown[] = [readEntry(entry)];
  let isWhole = entry.isWhole;
  for (let i = from - 1; i >= 0 && !isWhole && canCombine(values.at(-1)); i--) {
    const layer = layers[i] as Layer;
    const below = layer.problems.has(key) ? undefined : layer.entries.get(key);
    if (below !== undefined) values.push(readEntry(below));
    isWhole = below?.isWhole;
  }
  return values.reduceRight(isObject ? merge : append);
}

function append(below: unknown, above: unknown): unknown {
  return Array.isArray(below) && Array.isArray(above) ? [...below, ...above] : above;
}

/** deepmerge leaves out members named like those of `Object.prototype`, unless what it merges into has no prototype. */
function merge(below: unknown, above: unknown): unknown {
  if (!isPlainObject(below) || !isPlainObject(above) || Object.keys(below).length === 0) return above;
  return deepmerge(withoutPrototype(below) as object, above, { isMergeableObject: isPlainObject, clone: false });
}

function withoutPrototype(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(value)) copy[name] = withoutPrototype(value[name]);
  return copy;
}
