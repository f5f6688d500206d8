import { isNearMiss } from '../key.ts';

/** The shortest prefix in which a single letter may be wrong. */
const LONG_PREFIX = 4;

/** The beginning of a variable that is the prefix in another case, or with one letter wrong; `undefined` if it has none. */
export function misspeltPrefix(name: string, prefix: string): string | undefined {
  for (const length of [prefix.length, prefix.length - 1, prefix.length + 1]) {
    if (!/[_.-]/.test(name[length] ?? '')) continue;
    const start = name.slice(0, length);
    if (start.toUpperCase() === prefix.toUpperCase()) return start;
    if (prefix.length >= LONG_PREFIX && isNearMiss(start, prefix)) return start;
  }
  return undefined;
}
