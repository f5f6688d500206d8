import { isPlainObject } from '../json/value.ts';
import { upperSnake } from '../schema/names.ts';

/**
 * The dotted path of the member that the end of a variable's name means: `MAX_NORM` is `maxNorm` if the default has
 * one, else `max_norm`; `__` goes a level down. `undefined` where a level has no name.
 */
export function memberPath(name: string, sample: unknown): string | undefined {
  let known = sample;
  const path: string[] = [];
  for (const part of name.split('__')) {
    if (part === '') return undefined;
    const names = isPlainObject(known) ? Object.keys(known) : [];
    const found = names.find((member) => upperSnake(member) === part.toUpperCase()) ?? part.toLowerCase();
    known = isPlainObject(known) ? known[found] : undefined;
    path.push(found);
  }
  return path.join('.');
}
