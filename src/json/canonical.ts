import { isPlainObject } from './value.ts';

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

/**
 * The canonical JSON of RFC 8785: no spaces, members in the order of their names' UTF-16 code units, numbers and texts
 * as ECMAScript writes them. Half of a surrogate pair, which the RFC refuses, is written as an escape.
 */
export function canonicalJson(value: unknown): string {
  return serialize(plainJson(value));
}

function serialize(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((element) => serialize(element ?? null)).join(',')}]`;
  if (!isPlainObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort(byCodeUnits)
    .map((name) => `${JSON.stringify(name)}:${serialize(value[name])}`);
  return `{${members.join(',')}}`;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
