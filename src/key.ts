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

/** How many names a suggestion has at most. */
const MOST_SUGGESTIONS = 3;

/**
 * The names nearest to a misspelt one, best first, at most three: those within a third of its length in edits, or
 * whose last segment is just what was typed.
 */
export function nearest(typed: string, names: Iterable<string>): readonly string[] {
  const wanted = typed.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const found: { readonly name: string; readonly edits: number }[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    if (lower.endsWith(`.${wanted}`)) found.push({ name, edits: 0.5 });
    else if (Math.abs(lower.length - wanted.length) <= limit) {
      const edits = distance(wanted, lower);
      if (edits <= limit) found.push({ name, edits });
    }
  }
  return found
    .sort((a, b) => a.edits - b.edits)
    .slice(0, MOST_SUGGESTIONS)
    .map(({ name }) => name);
}

/** A question that names what was probably meant, or `undefined` where nothing is near. */
export function didYouMean(typed: string, names: Iterable<string>): string | undefined {
  const [first, ...others] = nearest(typed, names);
  if (first === undefined) return undefined;
  return `Did you mean ${[first, ...others].join(' or ')}?`;
}
