import { type Container, commaAfter, gapBefore, type Part, partAt, partCount } from './layout.ts';
import type { Span } from './node.ts';
import { afterBlanks, afterOwnComments, afterSpace, endsLine, type Gap, lineBreakAt } from './trivia.ts';

/** What is taken out of a text. */
interface Cut extends Span {
  /** Whether a comment that reaches to the end of its line stands right before, and stays. */
  readonly afterLineComment: boolean;
}

/** The surroundings of a part that goes. */
interface Slot {
  readonly part: Part;
  readonly before: Gap;
  readonly startsLine: boolean;
  /** Behind its comma, and behind its own comments in the rest of its line. */
  readonly after: number;
}

/** Which parts of a container go, and which index the last that stays has; -1 where all go, one of `removed` where something new takes its place. */
export interface Removal {
  readonly container: Container;
  readonly removed: ReadonlySet<number>;
  readonly lastStaying: number;
}

/** What is to be cut out for a removal: the parts with their commas and their own comments, never those of others. */
export function cutsFor(text: string, removal: Removal): readonly Span[] {
  const { container, removed, lastStaying } = removal;
  const firstStaying = firstOutside(removed);
  const cuts: Cut[] = [];
  for (const index of removed) {
    const slot = slotOf(text, container, index);
    if (index === lastStaying) cuts.push(ownComments(text, slot));
    else if (index > lastStaying) cuts.push(fromLineBefore(slot));
    else if (index < firstStaying || (slot.startsLine && !endsLine(text, slot.after))) cuts.push(inPlace(text, slot));
    else cuts.push(fromLineBefore(slot));
  }
  const lastStays = partAt(container, lastStaying);
  const last = partAt(container, partCount(container) - 1);
  if (lastStays && last && lastStays.start < last.start && commaAfter(text, last) === -1) {
    const comma = commaAfter(text, lastStays);
    cuts.push({ start: comma, end: comma + 1, afterLineComment: false });
  }
  return joined(cuts).map((cut) => keepLineBreak(text, cut));
}

/** Behind what the last part of a container takes with it when it goes. */
export function endOfLast(text: string, container: Container): number {
  return slotOf(text, container, partCount(container) - 1).after;
}

function firstOutside(removed: ReadonlySet<number>): number {
  let index = 0;
  while (removed.has(index)) index++;
  return index;
}

function slotOf(text: string, container: Container, index: number): Slot {
  const part = partAt(container, index) ?? container;
  const before = gapBefore(text, container, index);
  const startsLine = before.breakAt >= before.tail;
  const end = endOf(text, part);
  return { part, before, startsLine, after: startsLine ? afterOwnComments(text, end) : end };
}

/** Behind a part and its comma. */
function endOf(text: string, part: Part): number {
  const comma = commaAfter(text, part);
  return comma === -1 ? part.end : comma + 1;
}

/** The comments that follow a part in its line. */
function ownComments(text: string, { part, after }: Slot): Cut {
  return { start: endOf(text, part), end: after, afterLineComment: false };
}

function fromLineBefore({ before, after }: Slot): Cut {
  return { start: before.tail, end: after, afterLineComment: before.lineComment };
}

/** The part alone, so that what follows comes to stand in its place. */
function inPlace(text: string, { part, after }: Slot): Cut {
  return { start: part.start, end: afterSpace(text, after), afterLineComment: false };
}

/** The cuts in the order of the text, those that touch made one. */
function joined(cuts: readonly Cut[]): readonly Cut[] {
  const result: Cut[] = [];
  for (const cut of [...cuts].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && cut.start <= last.end) result[result.length - 1] = { ...last, end: Math.max(last.end, cut.end) };
    else result.push(cut);
  }
  return result;
}

/** Leaves the line break behind a comment that stays, lest what follows the cut becomes part of the comment. */
function keepLineBreak(text: string, cut: Cut): Span {
  if (!cut.afterLineComment || lineBreakAt(text, afterBlanks(text, cut.end)) !== undefined) return cut;
  return { start: Math.min(cut.end, afterSpace(text, cut.start)), end: cut.end };
}
