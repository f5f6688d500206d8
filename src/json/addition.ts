import {
  type Container,
  commaAfter,
  gapAtEnd,
  gapBefore,
  indentOf,
  type Part,
  partCount,
  type Style,
} from './layout.ts';
import type { Splice } from './splice.ts';
import { type Gap, gapAfter, lineBreakAt } from './trivia.ts';

/** Prints the new parts: their lines begin with `indent`; `undefined` keeps them on the line of their neighbours. */
export type Write = (indent: string | undefined) => readonly string[];

export interface Addition {
  readonly container: Container;
  readonly isRoot: boolean;
  readonly style: Style;
  readonly write: Write;
}

/** What stands before a new part. */
interface Lead {
  readonly separator: string;
  readonly indent: string | undefined;
}

/** The new parts behind the last one and the comments behind that, laid out as it is. */
export function addedBehind(text: string, last: Part, { container, style, write }: Addition): readonly Splice[] {
  const end = gapAtEnd(text, container);
  const lead = leadLikeLast(text, container, { end, style });
  const added = write(lead.indent).map((part) => lead.separator + part);
  if (commaAfter(text, last) !== -1) return [{ start: end.tail, end: end.tail, text: `${added.join(',')},` }];
  return [
    { start: last.end, end: last.end, text: ',' },
    { start: end.tail, end: end.tail, text: added.join(',') },
  ];
}

/** The new parts in the place of the last one. */
export function addedInPlaceOf(text: string, last: Part, { container, style, write }: Addition): readonly Splice[] {
  const { separator, indent } = leadLikeLast(text, container, { end: gapAfter(text, last.end), style });
  return [{ start: last.start, end: last.end, text: write(indent).join(`,${separator}`) }];
}

interface Surroundings {
  /** What stands between the last part and where the new ones are to come. */
  readonly end: Gap;
  readonly style: Style;
}

function leadLikeLast(text: string, container: Container, { end, style }: Surroundings): Lead {
  const count = partCount(container);
  const before = gapBefore(text, container, count - 1);
  const indent = indentOf(text, before);
  if (indent !== undefined) return lineLead(text, before, indent, style);
  if (needsLine(end)) return lineLead(text, end, closingIndent(text, end) + style.unit, style);
  return { separator: count > 1 ? text.slice(before.tail, before.end) : style.blank, indent: undefined };
}

/** Whether what follows the comments of a gap can't stand on the line where the gap begins. */
function needsLine({ lineComment, breakAt, tail }: Gap): boolean {
  return lineComment || (breakAt !== -1 && breakAt < tail);
}

function lineLead(text: string, gap: Gap, indent: string, style: Style): Lead {
  return { separator: (lineBreakAt(text, gap.breakAt) ?? style.lineBreak) + indent, indent };
}

/** The indentation of a closing bracket behind a gap; none where it doesn't begin a line. */
function closingIndent(text: string, gap: Gap): string {
  return gap.breakAt >= gap.tail ? (indentOf(text, gap) ?? '') : '';
}

/**
 * The first parts of a container. What is laid out like this is taken out again as a whole when the last of them goes
 * (`emptied`), so that the bytes from before return: each form leaves all white space that was there behind the new
 * parts, and none is one that new containers are printed in.
 */
export function addedToEmpty(text: string, { container, isRoot, style, write }: Addition): readonly Splice[] {
  const start = container.start + 1;
  const gap = gapAfter(text, start);
  const indent = closingIndent(text, gap) + style.unit;
  if (gap.tail > start) {
    const lead = gap.lineComment || gap.breakAt !== -1 ? lineLead(text, gap, indent, style) : INLINE;
    const added = write(lead.indent).map((part) => lead.separator + part);
    return [{ start: gap.tail, end: gap.tail, text: added.join(',') }];
  }
  if (!isRoot && gap.breakAt === -1) return [{ start, end: start, text: ` ${write(undefined).join(', ')} ` }];
  const lineBreak = style.lineBreak === '\r' && text[start] === '\n' ? '\n' : style.lineBreak;
  const added = write(indent).map((part) => lineBreak + indent + part);
  return [{ start, end: start, text: added.join(',') + lineBreak }];
}

const INLINE: Lead = { separator: ' ', indent: undefined };
