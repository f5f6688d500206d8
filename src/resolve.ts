import type { EntryReader } from './combine.ts';
import { rankedEntries, resolveSetting, validEntries } from './explain.ts';
import { FEW_MEMBERS, frozenCopy, isPlainObject, type JsonObject, MANY_MEMBERS } from './json/value.ts';
import type { Key } from './key.ts';
import type { Layer } from './layer.ts';
import { listProblems, type Problems } from './problems.ts';
import type { Schema } from './schema/schema.ts';
import { type Group, ListGroup, type Setting } from './schema/setting.ts';

/**
 * The values of a schema's layers, lowest first, deeply frozen: for each setting, the valid entry of the highest
 * layer wins whole; `Object`s are merged. A setting without a valid entry is `undefined`.
 */
export function resolve(schema: Schema, layers: readonly Layer[], readEntry?: EntryReader): JsonObject {
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
  readEntry: EntryReader | undefined,
): readonly unknown[] {
  const values: unknown[] = new Array(settings.length).fill(undefined);
  for (const { entries, problems } of layers) {
    const hasValues = entries.valueFor !== undefined && !readEntry;
    for (const setting of entries.settings ?? settings) {
      if (problems.size > 0 && problems.has(setting.key)) continue;
      if (hasValues) {
        const value = entries.valueFor?.(setting);
        if (value !== undefined) values[setting.index] = value;
      } else {
        const entry = entries.of(setting);
        if (entry) values[setting.index] = readEntry ? readEntry(entry) : entry.value;
      }
    }
  }
  return values;
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
  const { children } = group;
  for (const child of children) {
    if ('children' in child) members[child.name] = groupValues(child, values, objectOf);
    else {
      const value = values[child.index];
      members[child.name] = typeof value === 'object' ? objectOf(child, value) : value;
    }
  }
  if (group instanceof ListGroup) return Object.freeze(Object.values(members));
  const { length } = children;
  // As `frozenCopy` makes an object.
  return Object.freeze(length > FEW_MEMBERS && length < MANY_MEMBERS ? { ...members } : members);
}

/** Adds the settings that the schema does not have, each to the group of its key. */
function withExtras(values: JsonObject, schema: Schema, layers: readonly Layer[]): JsonObject {
  const added: AddedNode = { inside: new Map() };
  for (const key of extraKeys(schema, layers)) {
    const [winner] = validEntries(rankedEntries(key, layers));
    if (winner) add(added, key.split('.'), frozenCopy(winner.entry.value));
  }
  return extend(values, added);
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

function extend(tree: JsonObject, { inside }: AddedNode): JsonObject {
  if (inside.size === 0) return tree;
  const members = Array.from(inside, ([name, added]): readonly [string, unknown] => {
    const there = 'value' in added ? added.value : Object.hasOwn(tree, name) ? tree[name] : undefined;
    const isTree = isPlainObject(there) || Array.isArray(there);
    return [name, added.inside.size === 0 ? there : extend(isTree ? (there as JsonObject) : {}, added)];
  });
  const all = { ...tree, ...Object.fromEntries(members) };
  // No unknown key belongs to a list itself.
  return Object.freeze(Array.isArray(tree) ? (Object.values(all).slice(0, tree.length) as never) : all);
}

/** The problems of all layers; they are listed by code that most programs never load. */
export function problemsOf(schema: Schema, layers: readonly Layer[]): Problems {
  const isMissing = schema.settings.required.some((setting) => !layers.some(({ entries }) => entries.of(setting)));
  const isWrong = isMissing || layers.some(({ problems }) => problems.size > 0);
  return isWrong ? listProblems(schema, layers) : { issues: schema.issues ?? [], warnings: [] };
}
