/** Values by their dotted keys, as the nested objects of a document. */
export function valueTree(values: Iterable<readonly [key: string, value: unknown]>): Readonly<Record<string, unknown>> {
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
  return objectOf(root);
}

function objectOf(group: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...group].map(([name, value]) => [name, value instanceof Map ? objectOf(value) : value]));
}

/** The value at a dotted key of nested objects; `undefined` if there is none. */
export function valueByKey(tree: unknown, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined), tree);
}

/** Whether a value is an object of members, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
