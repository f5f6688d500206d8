import deepmerge from 'deepmerge';
import { frozenCopy, isPlainObject, type JsonObject } from './json/value.ts';
import type { Key } from './key.ts';
import { type Entry, type Layer, type LayerName, type Origin, plainOrigin } from './layer.ts';
import { listProblems, type Problems } from './problems.ts';
import { type MemberPath, memberIn } from './schema/member-path.ts';
import type { ValueBelow } from './schema/members.ts';
import type { Schema } from './schema/schema.ts';
import { type Group, ListGroup, type Setting } from './schema/setting.ts';

/** The entry of one layer for one setting. */
export interface RankedEntry {
  readonly layer: Layer;
  readonly entry: Entry;
  /** Why it is refused. */
  readonly problem?: string;
  /** Whether it is an empty text that has no value. */
  readonly isEmpty?: true;
}

/**
 * The values of a schema's layers, lowest first, deeply frozen: for each setting, the valid entry of the highest
 * layer wins whole; `Object`s are merged. A setting without a valid entry is `undefined`.
 */
export function resolve(schema: Schema, layers: readonly Layer[], readEntry: EntryReader = valueIn): JsonObject {
  const filled = layers.filter((layer) => layer.entries.size > 0);
  const values = highestValues(schema.settings.values(), filled, readEntry);
  const objectOf = (setting: Setting, highest: unknown): unknown =>
    setting.combines ? resolveSetting(setting, filled, readEntry) : frozenCopy(highest);
  return withExtras(groupValues(schema.root, values, objectOf) as JsonObject, schema, filled);
}

/**
 * The value of the highest valid entry of each setting, by its index. It goes from layer to layer, because most layers
 * have entries for few settings.
 */
function highestValues(
  settings: readonly Setting[],
  layers: readonly Layer[],
  readEntry: EntryReader,
): readonly unknown[] {
  const values: unknown[] = new Array(settings.length).fill(undefined);
  for (const { entries, problems } of layers) {
    const hasValues = entries.valueFor !== undefined && readEntry === valueIn;
    for (const setting of entries.settings ?? settings) {
      if (problems.size > 0 && problems.has(setting.key)) continue;
      if (hasValues) {
        const value = entries.valueFor?.(setting);
        if (value !== undefined) values[setting.index] = value;
      } else {
        const entry = entries.of(setting);
        if (entry) values[setting.index] = readEntry(entry);
      }
    }
  }
  return values;
}

/** What counts as the value of an entry: its `value`, or its JSON by `jsonOf`. */
export type EntryReader = (entry: Entry) => unknown;

function valueIn({ value }: Entry): unknown {
  return value;
}

/** The value of one setting: that of the highest layer with a valid entry. */
export function resolveSetting(setting: Setting, layers: readonly Layer[], readEntry: EntryReader = valueIn): unknown {
  for (let i = layers.length - 1; i >= 0; i--) {
    const { entries, problems } = layers[i] as Layer;
    const entry = entries.of(setting);
    if (entry === undefined || (problems.size > 0 && problems.has(setting.key))) continue;
    const value = readEntry(entry);
    if (typeof value !== 'object') return value;
    return frozenCopy(setting.combines ? combinedValue(setting, { layers, from: i, entry, readEntry }) : value);
  }
  return undefined;
}

/** The highest valid entry of a setting. */
export function winner(key: Key, layers: readonly Layer[]): Entry | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const { entries, problems } = layers[i] as Layer;
    const entry = problems.has(key) ? undefined : entries.get(key);
    if (entry) return entry;
  }
  return undefined;
}

/** The value of one setting, or of an unknown key that counts as one. */
export function resolveKey(key: Key, { settings }: Schema, layers: readonly Layer[]): unknown {
  const setting = settings.get(key);
  return setting ? resolveSetting(setting, layers) : winner(key, layers)?.value;
}

/** The entries of all layers for one setting, highest first. */
export function rankedEntries(key: Key, layers: readonly Layer[]): readonly RankedEntry[] {
  const found: RankedEntry[] = [];
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i] as Layer;
    const entry = layer.entries.get(key);
    const problem = layer.problems.get(key);
    const empty = layer.empty?.get(key);
    if (entry) found.push(problem === undefined ? { layer, entry } : { layer, entry, problem });
    else if (empty) found.push({ layer, entry: empty, isEmpty: true });
  }
  return found;
}

/** Where a member of a setting's value was written: in the highest layer that has it. */
export function memberOrigin(key: Key, path: MemberPath, layers: readonly Layer[]): Origin | undefined {
  const all = validEntries(rankedEntries(key, layers));
  const found = all.find(({ entry }) => memberIn(entry.value, path) !== undefined);
  return found && plainOrigin(found.entry.memberOrigin?.(path) ?? found.entry.origin);
}

/** What the layers below the layer `name` provide for a setting. */
export function valueBelow(layers: readonly Layer[], name: LayerName): (setting: Setting) => ValueBelow {
  const index = layers.findIndex((layer) => layer.name === name);
  const below = layers.slice(0, index);
  return (setting) => ({
    value: resolveSetting(setting, below),
    originOf: (path) => memberOrigin(setting.key, path, layers.slice(0, index + 1)),
  });
}

/** Those that have a valid value, highest first. */
export function validEntries(all: readonly RankedEntry[]): readonly RankedEntry[] {
  return all.filter(({ problem, isEmpty }) => problem === undefined && !isEmpty);
}

/** The keys of settings that some layer has, but not the schema. */
export function extraKeys(schema: Schema, layers: readonly Layer[]): ReadonlySet<Key> {
  const extra = new Set<Key>();
  for (const { entries } of layers) {
    for (const key of entries.unknownKeys) if (!schema.settings.has(key)) extra.add(key);
  }
  return extra;
}

/** The values of a group; `objectOf` freezes objects and lists, and combines those of several layers. */
function groupValues(
  group: Group,
  values: readonly unknown[],
  objectOf: (setting: Setting, highest: unknown) => unknown,
): object {
  const members: Record<string, unknown> = {};
  for (const child of group.children) {
    if ('children' in child) members[child.name] = groupValues(child, values, objectOf);
    else {
      const value = values[child.index];
      members[child.name] = typeof value === 'object' ? objectOf(child, value) : value;
    }
  }
  return Object.freeze(group instanceof ListGroup ? Object.values(members) : members);
}

/** Adds the settings that the schema does not have, each to the group of its key. */
function withExtras(values: JsonObject, schema: Schema, layers: readonly Layer[]): JsonObject {
  const added: AddedNode = { inside: new Map() };
  for (const key of extraKeys(schema, layers)) {
    const [winner] = validEntries(rankedEntries(key, layers));
    if (winner) add(added, key.split('.'), frozenCopy(winner.entry.value));
  }
  return extended(values, added);
}

/** A tree of values to add. They are added together, so that each group is copied once. */
interface AddedNode {
  readonly value?: unknown;
  readonly inside: Map<string, AddedNode>;
}

function add({ inside }: AddedNode, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) inside.set(name, { value, inside: new Map() });
  else {
    const group = inside.get(name) ?? { inside: new Map() };
    inside.set(name, group);
    add(group, rest, value);
  }
}

function extended(tree: JsonObject, { inside }: AddedNode): JsonObject {
  if (inside.size === 0) return tree;
  const members = Array.from(inside, ([name, added]): readonly [string, unknown] => {
    const there = 'value' in added ? added.value : Object.hasOwn(tree, name) ? tree[name] : undefined;
    const isTree = isPlainObject(there) || Array.isArray(there);
    return [name, added.inside.size === 0 ? there : extended(isTree ? (there as JsonObject) : {}, added)];
  });
  const all = { ...tree, ...Object.fromEntries(members) };
  // No unknown key belongs to a list itself.
  return Object.freeze(Array.isArray(tree) ? (Object.values(all).slice(0, tree.length) as never) : all);
}

interface Combination {
  readonly layers: readonly Layer[];
  /** The index of the layer that has `entry`. */
  readonly from: number;
  readonly entry: Entry;
  readonly readEntry: EntryReader;
}

/** Combines the value of `entry` with the objects, or the lists, of the layers below, down to the first that is neither. */
function combinedValue({ key, isObject }: Setting, { layers, from, entry, readEntry }: Combination): unknown {
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
  return deepmerge(withoutPrototype(below) as object, above, {
    arrayMerge: (_, list) => list,
    isMergeableObject: isPlainObject,
    clone: false,
  });
}

function withoutPrototype(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(value)) copy[name] = withoutPrototype(value[name]);
  return copy;
}

/** The problems of all layers; they are listed by code that most programs never load. */
export function problemsOf(schema: Schema, layers: readonly Layer[]): Problems {
  const isMissing = schema.settings.required.some((setting) => !layers.some(({ entries }) => entries.of(setting)));
  const isWrong = isMissing || layers.some(({ problems }) => problems.size > 0);
  return isWrong ? listProblems(schema, layers) : { issues: schema.issues ?? [], warnings: [] };
}
