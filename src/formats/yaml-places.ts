import { afterBlanks, lineBreakAt } from '../json/gap.ts';
import { type Container, childCount } from '../json/layout.ts';
import type { JsonNode, Span } from '../json/node.ts';
import { afterSpace, lineEnd } from '../json/tree.ts';
import type { YamlLayout, YamlTree } from './yaml-tree.ts';

/** Where the values of a YAML text, their lines and their comments are. */
export class YamlPlaces {
  readonly #text: string;
  readonly #tree: YamlTree;
  #flowNodes: ReadonlySet<JsonNode> | undefined;

  constructor(text: string, tree: YamlTree) {
    this.#text = text;
    this.#tree = tree;
  }

  layout(node: JsonNode): YamlLayout {
    const { start } = node;
    return (
      this.#tree.layouts.get(node) ?? {
        isFlow: false,
        isAlias: false,
        outerStart: start,
        markEnd: start,
        itemStart: start,
      }
    );
  }

  childStart(node: Container, index: number): number {
    if (node.kind === 'object') return node.members[index]?.nameStart ?? node.end;
    const item = node.items[index];
    return item ? Math.min(this.layout(item).itemStart, this.layout(item).outerStart) : node.end;
  }

  childEnd(node: Container, index: number): number {
    const child = node.kind === 'object' ? node.members[index]?.value : node.items[index];
    return child ? this.contentEnd(child) : node.end;
  }

  /** The end of a value, before the line break that ends a block scalar. */
  contentEnd(node: JsonNode): number {
    if (node.kind === 'array' || node.kind === 'object') {
      const count = childCount(node);
      if (!this.layout(node).isFlow && !this.layout(node).isAlias && count > 0) return this.childEnd(node, count - 1);
    }
    const { markEnd } = this.layout(node);
    // An empty value has no place of its own: the package puts it anywhere behind its mark.
    if (node.start === node.end) return markEnd;
    const end = node.end;
    if (this.#text[end - 1] === '\n') return this.#text[end - 2] === '\r' ? end - 2 : end - 1;
    return this.#text[end - 1] === '\r' ? end - 1 : end;
  }

  /** Whether a value is a direct or indirect child of brackets: its text may not span lines of its own. */
  isInFlow(node: JsonNode): boolean {
    this.#flowNodes ??= flowNodes(this.#tree);
    return this.#flowNodes.has(node);
  }

  /** The number of characters before `offset` on its line. */
  column(offset: number): number {
    let start = offset;
    while (start > 0 && !/[\r\n\ufeff]/.test(this.#text[start - 1] ?? '')) start--;
    return offset - start;
  }

  /** The white space, dashes included, that the members on the line of `offset` are indented by. */
  lineIndent(offset: number): string {
    const start = offset - this.column(offset);
    const [indent = ''] = /^(?:[ ]|-(?= ))*/.exec(this.#text.slice(start, offset)) ?? [];
    return ' '.repeat(indent.length);
  }

  /** The indentation of the first nested mapping. */
  unitBelow(node: JsonNode | undefined): string | undefined {
    if (node?.kind !== 'object' || this.layout(node).isFlow) return undefined;
    const column = this.column(node.members[0]?.nameStart ?? 0);
    for (const { value } of node.members) {
      if (value.kind !== 'object' || this.layout(value).isFlow || this.layout(value).isAlias) continue;
      const width = this.column(value.members[0]?.nameStart ?? 0) - column;
      if (width > 0) return ' '.repeat(width);
    }
    return undefined;
  }

  /** The lines of a child of a block collection, with the comments above it that it has alone. */
  lineSpan(node: Container, index: number): Span {
    const text = this.#text;
    const start = this.childStart(node, index);
    const ownLine = start - this.column(start);
    const end = lineEnd(text, this.childEnd(node, index));
    // The first child may follow a dash: the next one takes its place.
    if (text.slice(ownLine, start).trim() !== '') return { start, end: this.childStart(node, index + 1) };
    const lineStart = index < childCount(node) - 1 && this.#endsGroup(end) ? this.#commentsAbove(ownLine) : ownLine;
    const before = text.slice(0, lineStart);
    if (before === '' || before === '\ufeff')
      return { start: lineStart, end: end + (lineBreakAt(text, end)?.length ?? 0) };
    return { start: lineStart - (before.endsWith('\r\n') ? 2 : 1), end };
  }

  /** Whether an empty line or a comment follows the line that ends at `end`: comments above it are not about the next line. */
  #endsGroup(end: number): boolean {
    const lineBreak = lineBreakAt(this.#text, end);
    const next = afterBlanks(this.#text, end + (lineBreak?.length ?? 0));
    return lineBreak !== undefined && (this.#text[next] === '#' || lineBreakAt(this.#text, next) !== undefined);
  }

  /** The start of the lines of comments right above the line that begins at `lineStart`. */
  #commentsAbove(lineStart: number): number {
    for (let top = lineStart; ; ) {
      const before = this.#text.slice(Math.max(0, top - 2), top);
      const above = top - (before === '\r\n' ? 2 : 1);
      const start = above < 0 ? 0 : above - this.column(above);
      if (above < 0 || this.#text[afterBlanks(this.#text, start)] !== '#') return top;
      top = start;
    }
  }

  /** A child between brackets with one comma: the one before it if a child before it stays. Comments stay. */
  flowSpan(node: Container, index: number, hasStayingBefore: boolean): Span {
    const text = this.#text;
    const [start, end] = [this.childStart(node, index), this.childEnd(node, index)];
    const previousEnd = hasStayingBefore ? this.childEnd(node, index - 1) : undefined;
    if (previousEnd !== undefined && !text.slice(previousEnd, start).includes('#')) return { start: previousEnd, end };
    const comma = afterSpace(text, end);
    return { start, end: text[comma] === ',' ? afterBlanks(text, comma + 1) : end };
  }
}

function flowNodes({ layouts }: YamlTree): ReadonlySet<JsonNode> {
  const found = new Set<JsonNode>();
  for (const [node, { isFlow }] of layouts) {
    if (!isFlow || found.has(node)) continue;
    const pending = [node];
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (next !== node) found.add(next);
      if (next.kind === 'object') pending.push(...next.members.map(({ value }) => value));
      else if (next.kind === 'array') pending.push(...next.items);
    }
  }
  return found;
}
