import type { Key } from './key.ts';
import { type Entry, type Layer, type LayerName, OverlaidEntries } from './layer.ts';

/** Other entries for some keys; an empty override removes the entry. */
export type Overrides = ReadonlyMap<Key, { readonly entry?: Entry }>;

/** A layer with other entries. They are taken as valid: the problems of the entries before them go. */
export function overlaid({ name, entries, problems, empty, computed, choice }: Layer, above: Overrides): Layer {
  const keys = computedWith(computed, above);
  return {
    name,
    entries: new OverlaidEntries(() => entries, above),
    problems: new Map([...problems].filter(([key]) => !above.has(key))),
    ...(empty && { empty }),
    ...(keys && { computed: keys }),
    ...(choice && { choice }),
  };
}

/** The keys of a layer that have an expression, after other entries; `undefined` if there are none. */
export function computedWith(computed: Iterable<Key> = [], above: Overrides): ReadonlySet<Key> | undefined {
  const kept = [...computed].filter((key) => !above.has(key));
  const added = [...above].flatMap(([key, { entry }]) => (entry?.expression ? key : []));
  return kept.length + added.length === 0 ? undefined : new Set([...kept, ...added]);
}

/** The layer without its entries for these keys. */
export function withoutKeys(layer: Layer, keys: readonly Key[]): Layer {
  return keys.length === 0 ? layer : overlaid(layer, new Map(keys.map((key) => [key, {}])));
}

/** The layers with other entries in the one called `name`; `undefined` removes an entry. */
export function layersWith(
  layers: readonly Layer[],
  name: LayerName,
  entries: ReadonlyMap<Key, Entry | undefined>,
): readonly Layer[] {
  const above = new Map(Array.from(entries, ([key, entry]) => [key, entry ? { entry } : {}] as const));
  return layers.map((layer) => (layer.name === name ? overlaid(layer, above) : layer));
}
