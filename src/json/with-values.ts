import { isTree, type JsonObject, withValue } from './value.ts';

/** A path in a tree, and the value there. */
export type PathValue = readonly [path: readonly string[], value: unknown];

/** Up to so many values are put into a tree one by one. */
const FEW_VALUES = 8;

/** The same with several values, in their order: of many, each group is copied once. */
export function withValues(tree: JsonObject, values: readonly PathValue[]): JsonObject {
  if (values.length <= FEW_VALUES)
    return values.reduce((changed, [path, value]) => withValue(changed, path, value), tree);
  const members = new Map(Object.entries(tree));
  const inside = new Map<string, PathValue[]>();
  for (const [[name = '', ...rest], value] of values) {
    if (rest.length === 0) {
      inside.delete(name);
      if (value === undefined) members.delete(name);
      else members.set(name, value);
      continue;
    }
    const known = inside.get(name);
    if (known) known.push([rest, value]);
    else inside.set(name, [[rest, value]]);
    // It keeps its place among the members.
    if (!members.has(name)) members.set(name, undefined);
  }
  for (const [name, inner] of inside) {
    const group = members.get(name);
    members.set(name, withValues(isTree(group) ? group : {}, inner));
  }
  const all = Object.fromEntries(members);
  return Object.freeze(Array.isArray(tree) ? Object.assign([...tree], all) : all);
}
