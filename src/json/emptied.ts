import { type Container, partAt, partCount } from './layout.ts';
import type { Span } from './node.ts';
import { cutsFor, endOfLast } from './removal.ts';
import { afterBlanks, afterSpace, lineBreakAt } from './trivia.ts';

/** What is cut out of an object when all its members go; `undefined` when it should go with them. */
export function emptied(text: string, container: Container, isRoot: boolean): readonly Span[] | undefined {
  const removed = new Set(Array.from({ length: partCount(container) }, (_, index) => index));
  const cuts = cutsFor(text, { container, removed, lastStaying: -1 });
  if (hasComments(text, container, cuts)) return cuts;
  const start = container.start + 1;
  const first = partAt(container, 0)?.start ?? start;
  const end = endOfLast(text, container);
  const own = endOfFilling(text, { start: first, end }, { container, isRoot });
  if (own !== undefined) return [{ start, end: own }];
  return isRoot ? [{ start, end: container.end - 1 }] : undefined;
}

/** Behind what filled an empty object (`addedToEmpty`); `undefined` if its members came otherwise. */
function endOfFilling(
  text: string,
  members: Span,
  { container, isRoot }: { readonly container: Container; readonly isRoot: boolean },
): number | undefined {
  const start = container.start + 1;
  const opening = lineBreakAt(text, start);
  const closing = lineBreakAt(text, members.end);
  if (opening !== undefined && closing !== undefined) {
    const end = members.end + closing.length;
    const ownLine = afterBlanks(text, start + opening.length) === members.start;
    return ownLine && (isRoot || /[\r\n]/.test(text.slice(end, container.end))) ? end : undefined;
  }
  const padded = text.slice(start, members.start) === ' ' && text[members.end] === ' ';
  return padded && !isRoot ? members.end + 1 : undefined;
}

/** Whether anything but white space is left of a container after the cuts. */
function hasComments(text: string, container: Container, cuts: readonly Span[]): boolean {
  let pos = container.start + 1;
  for (const cut of cuts) {
    if (afterSpace(text, pos) < cut.start) return true;
    pos = Math.max(pos, cut.end);
  }
  return afterSpace(text, pos) < container.end - 1;
}
