import { type Gap, gapAfter, lineBreakAt } from './gap.ts';
import {
  type Child,
  type Container,
  childCount,
  commaAfter,
  gapAtEnd,
  gapBefore,
  indentOf,
  type Style,
} from './layout.ts';
import type { Splice } from './node.ts';

/** Prints the new parts: their lines begin with `indent`; `undefined` keeps them on the line of their neighbours. */
export type ChildPrinter = (indent: string | undefined) => readonly string[];

export interface Addition {
  readonly container: Container;
  readonly isRoot: boolean;
  readonly style: Style;
  readonly print: ChildPrinter;
}

/** The text before a new part, and its indentation. */
interface ChildPrefix {
  readonly separator: string;
  readonly indent: string | undefined;
}

/** Inserts new parts after the last one and its comments, in the same layout. */
export function appendChildren(text: string, last: Child, { container, style, print }: Addition): readonly Splice[] {
  const end = gapAtEnd(text, container);
  const lead = prefixOfLast(text, container, { end, style });
  const added = print(lead.indent).map((part) => lead.separator + part);
  if (commaAfter(text, last) !== -1) return [{ start: end.tail, end: end.tail, text: `${added.join(',')},` }];
  return [
    { start: last.end, end: last.end, text: ',' },
    { start: end.tail, end: end.tail, text: added.join(',') },
  ];
}

/** The new parts in the place of the last one. */
export function replaceLastChild(text: string, last: Child, { container, style, print }: Addition): readonly Splice[] {
  const { separator, indent } = prefixOfLast(text, container, { end: gapAfter(text, last.end), style });
  return [{ start: last.start, end: last.end, text: print(indent).join(`,${separator}`) }];
}

interface Surroundings {
  /** The gap between the last part and the place of the new ones. */
  readonly end: Gap;
  readonly style: Style;
}

function prefixOfLast(text: string, container: Container, { end, style }: Surroundings): ChildPrefix {
  const count = childCount(container);
  const before = gapBefore(text, container, count - 1);
  const indent = indentOf(text, before);
  if (indent !== undefined) return linePrefix(text, before, indent, style);
  if (needsLine(end)) return linePrefix(text, end, closingIndent(text, end) + style.unit, style);
  return { separator: count > 1 ? text.slice(before.tail, before.end) : style.blank, indent: undefined };
}

/** Whether a part after the comments of a gap needs a line of its own. */
function needsLine({ lineComment, breakAt, tail }: Gap): boolean {
  return lineComment || (breakAt !== -1 && breakAt < tail);
}

function linePrefix(text: string, gap: Gap, indent: string, style: Style): ChildPrefix {
  return { separator: (lineBreakAt(text, gap.breakAt) ?? style.lineBreak) + indent, indent };
}

/** The indentation of the closing bracket after a gap; empty if the bracket does not begin a line. */
function closingIndent(text: string, gap: Gap): string {
  return gap.breakAt >= gap.tail ? (indentOf(text, gap) ?? '') : '';
}

/**
 * The first parts of a container. What is laid out like this is taken out again as a whole when the last of them goes
 * (`emptied`), so that the bytes from before return: each form leaves all white space that was there behind the new
 * parts, and none is one that new containers are printed in.
 */
export function fillContainer(text: string, { container, isRoot, style, print }: Addition): readonly Splice[] {
  const start = container.start + 1;
  const gap = gapAfter(text, start);
  const indent = closingIndent(text, gap) + style.unit;
  if (gap.tail > start) {
    const lead = gap.lineComment || gap.breakAt !== -1 ? linePrefix(text, gap, indent, style) : INLINE_PREFIX;
    const added = print(lead.indent).map((part) => lead.separator + part);
    return [{ start: gap.tail, end: gap.tail, text: added.join(',') }];
  }
  if (!isRoot && gap.breakAt === -1) return [{ start, end: start, text: ` ${print(undefined).join(', ')} ` }];
  const lineBreak = style.lineBreak === '\r' && text[start] === '\n' ? '\n' : style.lineBreak;
  const added = print(indent).map((part) => lineBreak + indent + part);
  return [{ start, end: start, text: added.join(',') + lineBreak }];
}

const INLINE_PREFIX: ChildPrefix = { separator: ' ', indent: undefined };
