import { distance } from 'fastest-levenshtein';
import { hasSwappedLetters } from './key.ts';
import { wrongArgument } from './wrong-arguments.ts';

/**
 * The name nearest to a misspelt one. A name is near if it differs in at most a third of the typed characters, or if its last
 * segment is exactly the typed text. Of equally near names, the one with the longer common beginning. `undefined` where no
 * name is near.
 */
export function nearest(typed: string, names: Iterable<string>): string | undefined {
  if (typeof typed !== 'string') throw wrongArgument('nearest: the name must be a text', typed);
  if (typeof Object(names)[Symbol.iterator] !== 'function')
    throw wrongArgument('nearest: needs a list of names', names);
  const wanted = typed.toLowerCase();
  let limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { readonly name: string; readonly edits: number; readonly common: number } | undefined;
  for (const name of names) {
    const other = String(name).toLowerCase();
    const edits = editsBetween(wanted, other, limit);
    if (edits > limit) continue;
    const common = commonBeginning(wanted, other);
    if (best && edits === best.edits && common <= best.common) continue;
    best = { name, edits, common };
    limit = edits;
  }
  return best?.name;
}

/** How many letters two names have in common before they differ. */
function commonBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function editsBetween(wanted: string, name: string, limit: number): number {
  if (name.endsWith(`.${wanted}`)) return 0;
  if (Math.abs(name.length - wanted.length) > limit) return limit + 1;
  return hasSwappedLetters(wanted, name) ? 1 : distance(wanted, name);
}

/**
 * A question with the nearest name, or `undefined` if no name is near.
 * @example
 * import { didYouMean } from 'varve/tools';
 *
 * console.log(didYouMean('prot', ['port', 'pool'])); // Did you mean port?
 */
export function didYouMean(typed: string, names: Iterable<string>): string | undefined {
  const name = nearest(typed, names);
  return name === undefined ? undefined : `Did you mean ${name}?`;
}
