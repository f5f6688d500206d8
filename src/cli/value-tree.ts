/** Values by their dotted keys, as the nested objects of a document, and lists where `like` has lists. */
export function valueTree(values: Iterable<readonly [key: string, value: unknown]>, like: unknown): object {
  const root = new Map<string, unknown>();
  for (const [key, value] of values) {
    const path = key.split('.');
    const last = path.pop() ?? '';
    let group = root;
    for (const name of path) {
      const inner = group.get(name);
      const next = inner instanceof Map ? inner : new Map<string, unknown>();
      group.set(name, next);
      group = next;
    }
    group.set(last, value);
  }
  return treeOf(root, like);
}

function treeOf(group: ReadonlyMap<string, unknown>, like: unknown): object {
  const members = [...group].map(([name, value]): readonly [string, unknown] => {
    return [name, value instanceof Map ? treeOf(value, valueByKey(like, name)) : value];
  });
  return Array.isArray(like) ? members.map(([, value]) => value) : Object.fromEntries(members);
}

/** The value at a dotted key of nested objects and lists; `undefined` if there is none. */
export function valueByKey(tree: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((value, name) => {
    if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
    return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }, tree);
}

/** Whether a value is an object of members, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
