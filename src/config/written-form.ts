import { isEqual, isPlainObject } from '../json/value.ts';
import { type Entry, jsonOf } from '../layer.ts';
import { hasReference } from '../schema/expression.ts';
import { memberAt } from '../schema/member-path.ts';

/** A change of a value that a file writes with references. */
export interface ReferenceChange {
  /** The value with its references; `undefined` for a part that only a reference around it has. */
  readonly written: unknown;
  /** The value that `written` has. */
  readonly before: unknown;
  readonly after: unknown;
  /** Whether the value has a secret in it. */
  readonly isSecret: boolean;
}

/**
 * `after` for the file: the parts equal to a part of `before` as they are written there, so that a reference stays one
 * and a secret is not copied; the other parts as the program gave them, so that `${` in them begins a reference. Throws
 * {@link PartOfReference}.
 */
export function writtenForm(change: ReferenceChange): unknown {
  const { written, before, after, isSecret } = change;
  if (isEqual(before, after)) return written ?? escaped(before);
  if (isSecret && typeof written === 'string' && isContainer(before) && isContainer(after)) throw new PartOfReference();
  if (Array.isArray(before) && Array.isArray(after)) return writtenList({ ...change, before, after });
  if (!isPlainObject(before) || !isPlainObject(after)) return after;
  const members = Object.entries(after).map(([name, member]) => {
    const isNew = !Object.hasOwn(before, name);
    return [name, isNew ? member : writtenForm(partChange(change, name, member))] as const;
  });
  return Object.fromEntries(members);
}

/** A list or an object is written as one reference to a secret, and a part of it was changed. */
export class PartOfReference extends Error {}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function partChange(
  { written, before, isSecret }: Omit<ReferenceChange, 'after'>,
  name: string | number,
  after: unknown,
): ReferenceChange {
  return { written: memberAt(written, name), before: memberAt(before, name), after, isSecret };
}

interface ListChange extends ReferenceChange {
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
function keptReferences(change: ReferenceChange): number {
  const { written, before, after } = change;
  if (!hasReference(written)) return 0;
  if (typeof written === 'string' || typeof before !== 'object' || before === null)
    return isEqual(before, after) ? 1 : 0;
  const counts = Object.keys(before).map((name) => keptReferences(partChange(change, name, memberAt(after, name))));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The value of a computed entry with its references. */
export function referencesOf(entry: Entry): unknown {
  return (entry.computedFrom && entry.written) ?? escaped(jsonOf(entry));
}

/** A value whose texts mean themselves where references are read. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(escaped);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, escaped(member)]));
}
