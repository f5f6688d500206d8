import { isEqual, isPlainObject } from '../json/value.ts';
import { type Entry, jsonOf } from '../layer.ts';
import type { ExpressionSyntax } from '../schema/expression-syntax.ts';
import { memberAt } from '../schema/member-path.ts';

/** A change of a value that a file writes with texts that compute: references, and texts of resolvers. */
export interface ExpressionChange {
  /** The value with these texts; `undefined` for a part that only a text around it has. */
  readonly written: unknown;
  /** The value that `written` has. */
  readonly before: unknown;
  readonly after: unknown;
  /** Whether the value has a secret in it. */
  readonly isSecret: boolean;
  readonly syntax: ExpressionSyntax;
}

/**
 * `after` for the file: the parts equal to a part of `before` as they are written there, so that a reference stays one
 * and a secret is not copied; the other parts as the program gave them, so that `${` in them begins a reference. Throws
 * {@link PartOfExpression}.
 */
export function writtenForm(change: ExpressionChange): unknown {
  const { written, before, after, isSecret, syntax } = change;
  if (isEqual(before, after)) return written ?? syntax.escaped(before);
  if (isSecret && typeof written === 'string' && isContainer(before) && isContainer(after))
    throw new PartOfExpression();
  if (Array.isArray(before) && Array.isArray(after)) return writtenList({ ...change, before, after });
  if (!isPlainObject(before) || !isPlainObject(after)) return after;
  const members = Object.entries(after).map(([name, member]) => {
    const isNew = !Object.hasOwn(before, name);
    return [name, isNew ? member : writtenForm(partChange(change, name, member))] as const;
  });
  return Object.fromEntries(members);
}

/** Thrown if a part of a list or an object was changed that the file writes as one text: a reference to a secret. */
export class PartOfExpression extends Error {}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function partChange(
  { written, before, ...change }: Omit<ExpressionChange, 'after'>,
  name: string | number,
  after: unknown,
): ExpressionChange {
  return { ...change, written: memberAt(written, name), before: memberAt(before, name), after };
}

interface ListChange extends ExpressionChange {
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

/** Elements may have moved: an equal element is the same one, or else the one of which most references are left. */
function writtenList(change: ListChange): readonly unknown[] {
  const { before, after } = change;
  const unused = new Set(before.keys());
  const sources = new Map<number, number>();
  const use = (position: number, source: number | undefined): void => {
    if (source === undefined) return;
    unused.delete(source);
    sources.set(position, source);
  };
  const match = (find: (element: unknown, position: number) => number | undefined): void => {
    for (const [i, element] of after.entries()) if (!sources.has(i)) use(i, find(element, i));
  };
  match((element, i) => (unused.has(i) && isEqual(before[i], element) ? i : undefined));
  match((element) => {
    for (const source of unused) if (isEqual(before[source], element)) return source;
    return undefined;
  });
  match((element, i) => {
    if (typeof element !== 'object' || element === null) return undefined;
    const kept = (source: number): number => keptReferences(partChange(change, source, element));
    let [best, most] = [unused.has(i) ? i : undefined, unused.has(i) ? kept(i) : 0];
    for (const source of unused) {
      const count = kept(source);
      if (count > most) [best, most] = [source, count];
    }
    return best;
  });
  return after.map((element, i) => {
    const source = sources.get(i);
    return source === undefined ? element : writtenForm(partChange(change, source, element));
  });
}

/** How many texts with references `after` still has the value of, where it has the same members. */
function keptReferences(change: ExpressionChange): number {
  const { written, before, after, syntax } = change;
  if (!syntax.has(written)) return 0;
  if (typeof written === 'string' || typeof before !== 'object' || before === null)
    return isEqual(before, after) ? 1 : 0;
  const counts = Object.keys(before).map((name) => keptReferences(partChange(change, name, memberAt(after, name))));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Reads an entry as a file would write it: a computed value with the texts that compute it. */
export function expressionsOf(syntax: ExpressionSyntax): (entry: Entry) => unknown {
  return (entry) => (entry.computedFrom && entry.written) ?? syntax.escaped(jsonOf(entry));
}
