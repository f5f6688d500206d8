import { isPlainObject } from './json/value.ts';
import { REDACTED } from './layer.ts';

/** A value of the same form with other content: a letter for each letter, a digit for each digit. */
export function disguise(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[a-z0-9]|\P{ASCII}/giu, otherCharacter);
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : value * 1.5;
  if (Array.isArray(value)) return value.map(disguise);
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, disguise(member)]));
  return typeof value === 'object' && value !== null ? REDACTED : value;
}

/** Another one also in the other case and without an accent. */
function otherCharacter(character: string): string {
  if (!/[a-z0-9]/i.test(character)) return character === 'ж' ? 'я' : 'ж';
  const last = /[zZ9]/.test(character);
  return String.fromCharCode(character.charCodeAt(0) + (last ? -1 : 1));
}
