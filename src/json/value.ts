/** A JSON object: only its own members count, whatever they are called. */
export type JsonObject = { readonly [name: string]: unknown };

/** Whether `value` is an object made of members: no array, no `RegExp`, no instance of a class. */
export function isPlainObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** The value at `path` in a tree of own members; `undefined` if there is none. */
export function valueAt(tree: unknown, path: readonly string[]): unknown {
  let value = tree;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value;
}

/** A frozen copy of a tree with another value at `path`; only the groups on the way there are copied. */
export function withValue(tree: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [name = '', ...rest] = path;
  if (rest.length > 0) {
    const inner = Object.hasOwn(tree, name) ? tree[name] : undefined;
    return withMember(tree, name, withValue(isTree(inner) ? inner : {}, rest, value));
  }
  if (value !== undefined) return withMember(tree, name, value);
  const { [name]: _, ...others } = tree;
  return Object.freeze(others);
}

/** From so many members on, a loop copies an object faster than a spread, and listing their names takes as long as the copy. */
export const MANY_MEMBERS = 512;
/**
 * Above it, V8 makes a hash table of an object that gets its members one by one. A copy of that has the layout of an object
 * that was written as a whole, which is read six times as fast.
 */
export const FEW_MEMBERS = 16;
/** The names of the members of large objects that were copied. */
const namesOfCopies = new WeakMap<JsonObject, readonly string[]>();

/** Whether a value has members: an object, or a list by its indexes. */
export function isTree(value: unknown): value is JsonObject {
  return isPlainObject(value) || Array.isArray(value);
}

function withMember(tree: JsonObject, name: string, value: unknown): JsonObject {
  if (Array.isArray(tree)) return Object.freeze(Object.assign([...tree], { [name]: value }));
  const names = namesOfCopies.get(tree) ?? Object.keys(tree);
  if (names.length < MANY_MEMBERS) return Object.freeze({ ...tree, [name]: value });
  const isKnown = Object.hasOwn(tree, name);
  const copy = objectOf(isKnown ? names : [...names, name], (each) => (each === name ? value : tree[each]));
  if (isKnown) namesOfCopies.set(copy, names);
  return Object.freeze(copy);
}

/** An object with a value for each name, `__proto__` included. V8 is slow to add thousands of members to an ordinary one. */
export function objectOf(names: readonly string[], member: (name: string) => unknown): Record<string, unknown> {
  // Without a prototype, `__proto__` is an ordinary name, and V8 begins with the layout for many members.
  const made: Record<string, unknown> = Object.create(null);
  for (const name of names) made[name] = member(name);
  return Object.setPrototypeOf(made, Object.prototype);
}

/** A member of this name would change a prototype where it is assigned: it is refused at every input. */
export const RESERVED_NAME = '__proto__';

/** Whether `__proto__` is the name of an own member anywhere in `value`. */
export function hasReservedName(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReservedName);
  if (!isPlainObject(value)) return false;
  return Object.keys(value).some((name) => name === RESERVED_NAME || hasReservedName(value[name]));
}

/** The copies of large objects, frozen at every depth: they need not be copied again. */
const frozenCopies = new WeakSet<object>();

/** A copy of arrays and plain objects, frozen at every depth; everything else is kept as it is, and frozen lists without objects. */
export function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const isDone = Object.isFrozen(value) && value.every((element) => Object(element) !== element);
    return isDone ? value : Object.freeze(value.map(frozenCopy));
  }
  if (!isPlainObject(value)) return value;
  const names = Object.keys(value);
  const isLarge = names.length >= MANY_MEMBERS;
  if (isLarge && frozenCopies.has(value)) return value;
  if (isLarge) {
    const safe = Object.hasOwn(value, RESERVED_NAME) ? names.filter((name) => name !== RESERVED_NAME) : names;
    const copy = objectOf(safe, (name) => frozenCopy(value[name]));
    frozenCopies.add(copy);
    return Object.freeze(copy);
  }
  const copy: Record<string, unknown> = {};
  for (const name of names) if (name !== RESERVED_NAME) copy[name] = frozenCopy(value[name]);
  return Object.freeze(names.length > FEW_MEMBERS ? { ...copy } : copy);
}

/** Whether two values mean the same: members in any order, elements in the same, `RegExp`s by their text. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (Array.isArray(a)) {
    // Not `every`, which skips the holes of a sparse list.
    return Array.isArray(b) && a.length === b.length && Array.from(a).every((element, i) => isEqual(element, b[i]));
  }
  if (a instanceof RegExp) return b instanceof RegExp && String(a) === String(b);
  if (!isPlainObject(a) || !isPlainObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}

/** Why `value` can't be in a JSON document, or `undefined`: a clause that begins with "must". */
export function jsonProblem(value: unknown, depth = 0): string | undefined {
  if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'must be a finite number';
  if (!Array.isArray(value) && !isPlainObject(value)) return 'must be a value that JSON can hold';
  if (isPlainObject(value) && Object.hasOwn(value, RESERVED_NAME))
    return `must not have a member called ${RESERVED_NAME}`;
  // A hole of a sparse list is `undefined` here, and refused.
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const problem = jsonProblem(member, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** How many members and elements a value may have: as many values as a document. Objects that several members share count for each. */
export const MOST_VALUES = 1_000_000;

/** A value as JSON, or why JSON can't hold it: a clause that begins with "must". */
export type JsonCopy = { readonly value: unknown } | { readonly problem: string };

/**
 * A copy of a value that a program gives, for a JSON document. Every member is read once; what has a `toJSON`, such as a
 * `Date` or a `URL`, is copied as what that returns. The problem names the first part that JSON can't hold.
 */
export function jsonCopy(whole: unknown, { withoutUndefined = false }: JsonCopyOptions = {}): JsonCopy {
  /** The objects and lists around the present part, and the way to it. */
  const around = new Set<unknown>();
  const path: (string | number)[] = [];
  let left = MOST_VALUES;
  try {
    return { value: copied(whole) };
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    return { problem: error.problem };
  }

  function copied(given: unknown): unknown {
    if (path.length > MAX_DEPTH) throw new NotJson(`must not be nested deeper than ${MAX_DEPTH} levels`, path);
    if (around.has(given)) throw new NotJson('must not contain itself', path);
    const value = withoutToJson(given, path);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new NotJson('must be a finite number', path);
      // -0 would come back from a file as 0.
      return value === 0 && path.length === 0 ? 0 : value;
    }
    const isList = Array.isArray(value);
    if (!isList && !isPlainObject(value)) throw new NotJson('must be a value that JSON can hold', path);
    around.add(given);
    if (isList) count(value.length);
    const copy = isList ? Array.from(value, (member, i) => inside(i, member)) : members(value);
    around.delete(given);
    return copy;
  }

  function members(value: JsonObject): unknown {
    if (Object.hasOwn(value, RESERVED_NAME)) throw new NotJson(`must not have a member called ${RESERVED_NAME}`, path);
    if (Object.getOwnPropertySymbols(value).length > 0)
      throw new NotJson('must not have a member that is named by a symbol', path);
    const names = Object.keys(value);
    const kept = withoutUndefined ? names.filter((name) => value[name] !== undefined) : names;
    count(names.length);
    return objectOf(kept, (name) => {
      const member = value[name];
      const isScalar = typeof member === 'string' || typeof member === 'boolean' || Number.isFinite(member);
      return isScalar ? member : inside(name, member);
    });
  }

  function count(values: number): void {
    left -= values;
    if (left < 0) throw new NotJson(`must not have more than ${MOST_VALUES} values`, []);
  }

  function inside(name: string | number, member: unknown): unknown {
    path.push(name);
    const copy = copied(member);
    path.pop();
    return copy;
  }
}

/** How a value is copied. */
interface JsonCopyOptions {
  /** Leaves out members that are `undefined`, which are refused otherwise. */
  readonly withoutUndefined?: boolean;
}

class NotJson extends Error {
  readonly problem: string;

  constructor(problem: string, path: readonly (string | number)[]) {
    super(problem);
    this.problem = path.length === 0 ? problem : `${problem} at ${partPath(path)}`;
  }
}

type PartPath = readonly (string | number)[];

function partPath(path: PartPath): string {
  const shown = path.slice(0, MOST_PARTS).map((part) => `[${JSON.stringify(part)}]`);
  return `${shown.join('')}${path.length > MOST_PARTS ? '…' : ''}`;
}

/** How many names of a path a message shows. */
const MOST_PARTS = 8;

/** What a class makes of its instance for JSON. */
function withoutToJson(value: unknown, path: PartPath): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isPlainObject(value)) return value;
  if (value instanceof Date && Number.isNaN(value.getTime())) throw new NotJson('must be a valid date', path);
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(value) : value;
}

/** How deep a value may be nested; circular ones end here too. */
export const MAX_DEPTH = 256;

/** A value as JSON can hold it: a regular expression by its text, what has a `toJSON` by that, functions not at all. */
export function plainJson(value: unknown): unknown {
  if (value instanceof RegExp) return value.flags === '' ? value.source : String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  if (Array.isArray(value)) return value.map(plainJson);
  if (!isPlainObject(value)) return JSON.parse(JSON.stringify(value));
  const members = Object.entries(value).map(([name, member]) => [name, plainJson(member)] as const);
  // Not by assignment: a member called `__proto__` is one like any other here.
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}
