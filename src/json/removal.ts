import { afterBlanks, afterOwnComments, endsLine, type Gap, isCommentAt, lastBreak, lineBreakAt } from './gap.ts';
import { type Child, type Container, childAt, childCount, commaAfter, gapBefore } from './layout.ts';
import type { Span } from './node.ts';
import { afterSpace } from './tree.ts';

/** A part of the text to delete. */
interface Deletion extends Span {
  /** Whether a line comment directly before the deletion stays. */
  readonly afterLineComment: boolean;
}

/** A removed child with the text around it. */
interface RemovedChild {
  readonly child: Child;
  readonly before: Gap;
  readonly startsLine: boolean;
  /** The end of its comma, and of its own comments on the same line. */
  readonly after: number;
}

/** Which parts of a container go, and which index the last that stays has; -1 where all go, one of `removed` where something new takes its place. */
export interface Removal {
  readonly container: Container;
  readonly removed: ReadonlySet<number>;
  readonly lastStaying: number;
}

/** The parts of the text to delete for a removal: the parts with their commas and their own comments, never those of others. */
export function deletionsFor(text: string, removal: Removal): readonly Span[] {
  const { container, removed, lastStaying } = removal;
  const firstStaying = firstOutside(removed);
  const cuts: Deletion[] = [];
  for (const index of removed) {
    const slot = removedChild(text, container, index);
    const isLast = index === childCount(container) - 1;
    const top = !isLast && hasCommentsAlone(text, slot) ? commentsAbove(text, slot.before) : undefined;
    if (top !== undefined)
      cuts.push({ start: top, end: slot.before.tail, afterLineComment: endsInLineComment(text, top) });
    if (index === lastStaying) cuts.push(deleteComments(text, slot));
    else if (index > lastStaying) cuts.push(deleteFromGap(slot));
    else if (index < firstStaying || (slot.startsLine && !endsLine(text, slot.after)))
      cuts.push(deleteUpToNext(text, slot));
    else cuts.push(deleteFromGap(slot));
  }
  const lastStays = childAt(container, lastStaying);
  const last = childAt(container, childCount(container) - 1);
  if (lastStays && last && lastStays.start < last.start && commaAfter(text, last) === -1) {
    const comma = commaAfter(text, lastStays);
    cuts.push({ start: comma, end: comma + 1, afterLineComment: false });
  }
  return joinDeletions(cuts).map((cut) => keepLineBreak(text, cut));
}

/** The end of what is removed with the last part of a container. */
function endOfLast(text: string, container: Container): number {
  return removedChild(text, container, childCount(container) - 1).after;
}

function firstOutside(removed: ReadonlySet<number>): number {
  let index = 0;
  while (removed.has(index)) index++;
  return index;
}

function removedChild(text: string, container: Container, index: number): RemovedChild {
  const child = childAt(container, index) ?? container;
  const before = gapBefore(text, container, index);
  const startsLine = before.breakAt >= before.tail;
  const end = endOf(text, child);
  return { child, before, startsLine, after: startsLine ? afterOwnComments(text, end) : end };
}

/** The end of a part and its comma. */
function endOf(text: string, part: Child): number {
  const comma = commaAfter(text, part);
  return comma === -1 ? part.end : comma + 1;
}

/** The comments that follow a part in its line. */
function deleteComments(text: string, { child, after }: RemovedChild): Deletion {
  return { start: endOf(text, child), end: after, afterLineComment: false };
}

/**
 * Whether comments above a part are about it alone: otherwise the next part begins on the next line. Those above the last
 * part may have been at the end before it was added.
 */
function hasCommentsAlone(text: string, { startsLine, after }: RemovedChild): boolean {
  const lineBreak = lineBreakAt(text, after);
  if (!startsLine || lineBreak === undefined) return false;
  const next = afterBlanks(text, after + lineBreak.length);
  return lineBreakAt(text, next) !== undefined || isCommentAt(text, next);
}

/** The line break before the comments on the lines right above a part; `undefined` if there are none. */
function commentsAbove(text: string, { start, end }: Gap): number | undefined {
  let top: number | undefined;
  for (let line = lastBreak(text, start, end); line !== undefined; line = top) {
    let above = lastBreak(text, start, line);
    if (above !== undefined && !startsWithComment(text, above) && text.slice(line - 2, line) === '*/')
      above = lastBreak(text, start, text.lastIndexOf('/*', line));
    if (above === undefined || !startsWithComment(text, above)) return top;
    top = above;
  }
  return top;
}

function startsWithComment(text: string, lineBreak: number): boolean {
  return isCommentAt(text, afterBlanks(text, lineBreak + (lineBreakAt(text, lineBreak)?.length ?? 0)));
}

function endsInLineComment(text: string, offset: number): boolean {
  return text.slice((lastBreak(text, 0, offset) ?? -1) + 1, offset).includes('//');
}

function deleteFromGap({ before, after }: RemovedChild): Deletion {
  return { start: before.tail, end: after, afterLineComment: before.lineComment };
}

/** Deletes the part alone, so that the text after it takes its place. */
function deleteUpToNext(text: string, { child, after }: RemovedChild): Deletion {
  return { start: child.start, end: afterSpace(text, after), afterLineComment: false };
}

/** The cuts in the order of the text, those that touch made one. */
function joinDeletions(cuts: readonly Deletion[]): readonly Deletion[] {
  const result: Deletion[] = [];
  for (const cut of [...cuts].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && cut.start <= last.end) result[result.length - 1] = { ...last, end: Math.max(last.end, cut.end) };
    else result.push(cut);
  }
  return result;
}

/** Keeps the line break after a line comment, so that the text after the cut does not become part of the comment. */
function keepLineBreak(text: string, cut: Deletion): Span {
  if (!cut.afterLineComment || lineBreakAt(text, afterBlanks(text, cut.end)) !== undefined) return cut;
  return { start: Math.min(cut.end, afterSpace(text, cut.start)), end: cut.end };
}

/** What is cut out of an object when all its members go; `undefined` when it should go with them. */
export function deleteAllChildren(text: string, container: Container, isRoot: boolean): readonly Span[] | undefined {
  const removed = new Set(Array.from({ length: childCount(container) }, (_, index) => index));
  const cuts = deletionsFor(text, { container, removed, lastStaying: -1 });
  if (keepsComments(text, container, cuts)) return cuts;
  const start = container.start + 1;
  const first = childAt(container, 0)?.start ?? start;
  const end = endOfLast(text, container);
  const own = endOfFilledGroup(text, { start: first, end }, { container, isRoot });
  if (own !== undefined) return [{ start, end: own }];
  return isRoot ? [{ start, end: container.end - 1 }] : undefined;
}

/** Behind what filled an empty object (`addedToEmpty`); `undefined` if its members came otherwise. */
function endOfFilledGroup(
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
function keepsComments(text: string, container: Container, cuts: readonly Span[]): boolean {
  let pos = container.start + 1;
  for (const cut of cuts) {
    if (afterSpace(text, pos) < cut.start) return true;
    pos = Math.max(pos, cut.end);
  }
  return afterSpace(text, pos) < container.end - 1;
}
