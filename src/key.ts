import { distance } from 'fastest-levenshtein';

/** A dotted path to a setting or to a group of settings: `optimizer.max_norm`. */
export type Key = string;

/** The segments of a key: `a.b` gives `['a', 'b']`. */
export function segments(key: Key): readonly string[] {
  return key.split('.');
}

/** The key of `name` inside the group `parent`; the root group's key is the empty text. */
export function childKey(parent: Key, name: string): Key {
  return parent === '' ? name : `${parent}.${name}`;
}

/** Whether a key is `outer`, or inside it. */
export function isWithin(key: Key, outer: Key): boolean {
  return key === outer || key.startsWith(`${outer}.`);
}

/** A key, and the keys of the groups around it. */
export function* keysAround(key: Key): Generator<Key> {
  for (const { index } of key.matchAll(/\.|$/g)) yield key.slice(0, index);
}

/** A message shows at most so many characters of an unknown name. */
const MOST_SHOWN = 100;

/** A name as messages show it. */
export function shownName(name: string): string {
  return name.length > MOST_SHOWN ? `${name.slice(0, MOST_SHOWN)}…` : name;
}

/** A name without regard to case, `-` and `_`. */
export function foldedName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** Whether a flag that was typed is probably a misspelt `name`: a quarter of it differs at most, or two letters are swapped. */
export function isNearMiss(typed: string, name: string): boolean {
  const [wanted, other] = [typed.replace(/^--?/, '').toLowerCase(), name.replace(/^--?/, '').toLowerCase()];
  if (wanted === other) return true;
  if (wanted.length < 3) return false;
  const limit = Math.max(1, Math.floor(wanted.length / 4));
  if (Math.abs(other.length - wanted.length) > limit) return false;
  return distance(wanted, other) <= limit || hasSwappedLetters(wanted, other);
}

/** Whether two names differ only in that two neighbouring letters are swapped. */
export function hasSwappedLetters(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return at >= 0 && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}
