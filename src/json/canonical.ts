import { isPlainObject, plainJson } from './value.ts';

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
