import { type Gap, gapAfter, indentAfter, type LineBreak, lineBreakAt } from './gap.ts';
import type { ArrayNode, JsonMember, ObjectNode, Span } from './node.ts';

/** How new members are written, as their neighbours are. */
export interface Style {
  readonly lineBreak: LineBreak;
  /** One level of indentation. */
  readonly unit: string;
  /** The text between a name and its value: `: `. */
  readonly colon: string;
  /** The text after a comma within a line. */
  readonly blank: string;
}

/** A group or a list that something may be added to or removed from. */
export type Container = ObjectNode | ArrayNode;

/** A member from its name on, or an item. */
export type Child = Span;

export function childCount(container: Container): number {
  return container.kind === 'array' ? container.items.length : container.members.length;
}

export function childAt(container: Container, index: number): Child | undefined {
  if (container.kind === 'array') return container.items[index];
  const member = container.members[index];
  return member && { start: member.nameStart, end: member.value.end };
}

/** The offset of the comma after a part; -1 if there is none. */
export function commaAfter(text: string, part: Child): number {
  const { end } = gapAfter(text, part.end);
  return text[end] === ',' ? end : -1;
}

/** The gap between the part at `index` and the opening bracket or the comma before it. */
export function gapBefore(text: string, container: Container, index: number): Gap {
  const previous = childAt(container, index - 1);
  return gapAfter(text, (previous === undefined ? container.start : commaAfter(text, previous)) + 1);
}

/** The gap between the last part, or its comma, and the closing bracket. */
export function gapAtEnd(text: string, container: Container): Gap {
  const last = childAt(container, childCount(container) - 1);
  const gap = gapAfter(text, last === undefined ? container.start + 1 : last.end);
  return text[gap.end] === ',' ? gapAfter(text, gap.end + 1) : gap;
}

/** The indentation of the token after a gap, if it begins a line. */
export function indentOf(text: string, gap: Gap): string | undefined {
  return gap.breakAt === -1 ? undefined : indentAfter(text, gap.breakAt);
}

const DEFAULT_UNIT = '  ';

/** The style of a document, as its first line break shows it. */
export function styleOfDocument(text: string): Style {
  return new LazyStyle(() => styleWith(firstLineBreak(text), DEFAULT_UNIT, ': '));
}

/** The style of a group as its members show it, or else `usual`; found when a member is printed. */
export function styleOfGroup(text: string, group: ObjectNode, usual: Style): Style {
  return new LazyStyle(() => findStyle(text, group, usual));
}

class LazyStyle implements Style {
  readonly #find: () => Style;
  #found: Style | undefined;

  constructor(find: () => Style) {
    this.#find = find;
  }

  get lineBreak(): LineBreak {
    return this.#style.lineBreak;
  }

  get unit(): string {
    return this.#style.unit;
  }

  get colon(): string {
    return this.#style.colon;
  }

  get blank(): string {
    return this.#style.blank;
  }

  get #style(): Style {
    this.#found ??= this.#find();
    return this.#found;
  }
}

function findStyle(text: string, group: ObjectNode, usual: Style): Style {
  const last = group.members.at(-1);
  if (last === undefined) return usual;
  const before = gapBefore(text, group, group.members.length - 1);
  const closing = indentOf(text, gapAtEnd(text, group)) ?? '';
  const indent = indentOf(text, before) ?? '';
  const unit = indent.startsWith(closing) ? indent.slice(closing.length) : '';
  return styleWith(
    lineBreakAt(text, before.breakAt) ?? usual.lineBreak,
    unit || usual.unit,
    colonOf(text, last) ?? usual.colon,
  );
}

function styleWith(lineBreak: LineBreak, unit: string, colon: string): Style {
  return { lineBreak, unit, colon, blank: colon.endsWith(':') ? '' : ' ' };
}

function colonOf(text: string, { nameEnd, value }: JsonMember): string | undefined {
  const colon = text.slice(nameEnd, Math.min(value.start, nameEnd + 10));
  return /^[ \t]*:[ \t]*$/.test(colon) ? colon : undefined;
}

function firstLineBreak(text: string): LineBreak {
  const lf = text.indexOf('\n');
  const cr = text.slice(0, lf === -1 ? text.length : lf).indexOf('\r');
  return lineBreakAt(text, cr) ?? '\n';
}

/** The white space around the parts of a container. */
export interface Layout {
  /** After the opening bracket. */
  readonly open: string;
  /** From a comma to the next part. */
  readonly between: string;
  /** Before the closing bracket. */
  readonly close: string;
  /** The indentation of the parts; `undefined` if all are on one line. */
  readonly indent: string | undefined;
}

/** How a container that has parts is laid out, without its comments. */
export function layoutOf(text: string, container: Container, style: Style): Layout {
  const first = gapBefore(text, container, 0);
  const last = gapAtEnd(text, container);
  const open = spaceOf(text, first);
  const second = childCount(container) > 1 ? spaceOf(text, gapBefore(text, container, 1)) : undefined;
  const indent = indentOf(text, first);
  return { open, between: second ?? (indent === undefined ? style.blank : open), close: spaceOf(text, last), indent };
}

/** The white space of a gap: from its last line break on, or nothing where the gap has a comment on its line. */
function spaceOf(text: string, gap: Gap): string {
  if (gap.breakAt !== -1) return (lineBreakAt(text, gap.breakAt) ?? '') + indentAfter(text, gap.breakAt);
  return gap.tail === gap.start ? text.slice(gap.start, gap.end) : '';
}
