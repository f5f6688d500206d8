import { ConfigError } from '../errors.ts';
import { applySplices, type JsonEdit, type JsonEditResult } from '../json/edit.ts';
import {
  type GroupPlan,
  isObject,
  notAnObjectError,
  type Plan,
  planEdits,
  plannedValue,
  planObject,
} from '../json/edit-plan.ts';
import { type LineBreak, lineBreakAt } from '../json/gap.ts';
import { type Container, childCount } from '../json/layout.ts';
import type { ArrayNode, JsonMember, JsonNode, ObjectNode, Span, Splice } from '../json/node.ts';
import { equalsNode } from '../json/print.ts';
import { JsonSyntaxError } from '../json/syntax-error.ts';
import { lineEnd, toValue } from '../json/tree.ts';
import { isEqual } from '../json/value.ts';
import { YamlPlaces } from './yaml-places.ts';
import {
  isInline,
  printAfterMark,
  printFlow,
  printItem,
  printMember,
  printScalar,
  type YamlStyle,
} from './yaml-print.ts';
import type { YamlTree } from './yaml-tree.ts';

/**
 * The text after the edits; everything else stays byte for byte, and what is added and removed again leaves the first
 * bytes. The new text is parsed again: an edit that would change another value, as through an anchor that an alias
 * repeats, throws `ConfigError` (`READ_ONLY`).
 */
export function editYaml(text: string, edits: readonly JsonEdit[], parse: (text: string) => YamlTree): JsonEditResult {
  const plan = planEdits(edits);
  const tree = parse(text);
  const splices = new YamlEditor(text, tree).edit(plan);
  const result = { text: splices.length === 0 ? text : applySplices(text, splices), splices };
  const expected = withoutEmptyGroups(applyPlan(tree.root && toValue(tree.root), plan)) ?? {};
  if (!isEqual(expected, withoutEmptyGroups(plainValue(result.text, parse)) ?? {})) throw anchorError();
  return result;
}

/** The plain value of a text; `undefined` if it is not valid, as when an alias has lost its anchor. */
function plainValue(text: string, parse: (text: string) => YamlTree): unknown {
  try {
    const { root } = parse(text);
    return root && toValue(root);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return undefined;
  }
}

function anchorError(): ConfigError {
  const message = 'the YAML text cannot be changed there without changing other values, as of an alias';
  return new ConfigError([{ code: 'READ_ONLY', message, suggestion: 'Edit the file by hand.' }]);
}

/** The plain value that a value becomes by a plan; `undefined` if it is removed. */
function applyPlan(value: unknown, plan: Plan): unknown {
  if (plan.kind !== 'group' || plan.replaces) return plannedValue(plan);
  if (!isObject(value)) return value === undefined ? plannedValue(plan) : value;
  const members = new Map(Object.entries(value));
  for (const [name, inner] of plan.members) members.set(name, applyPlan(members.get(name), inner));
  return Object.fromEntries([...members].filter(([, member]) => member !== undefined));
}

/** A value without the objects in it that have no members: those that a removal empties may go or stay. */
function withoutEmptyGroups(value: unknown): unknown {
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, withoutEmptyGroups(member)] as const);
  const kept = members.filter(([, member]) => member !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

class YamlEditor {
  readonly #text: string;
  readonly #tree: YamlTree;
  readonly #places: YamlPlaces;
  readonly #style: YamlStyle;
  readonly #splices: Splice[] = [];

  constructor(text: string, tree: YamlTree) {
    this.#text = text;
    this.#tree = tree;
    this.#places = new YamlPlaces(text, tree);
    this.#style = { lineBreak: firstLineBreak(text), unit: this.#places.unitBelow(tree.root) ?? '  ' };
  }

  edit(plan: GroupPlan): readonly Splice[] {
    const { root } = this.#tree;
    if (root?.kind === 'object') this.#editGroup(root, plan);
    else if (root) {
      if (plannedValue(plan) !== undefined) throw notAnObjectError();
    } else this.#fillDocument(plannedValue(plan));
    return this.#splices.sort((a, b) => a.start - b.start || a.end - b.end);
  }

  /** Adds the first members to a text without values. */
  #fillDocument(value: unknown): void {
    if (!isObject(value)) return;
    const { length } = this.#text;
    const { lineBreak } = this.#style;
    const lines = Object.entries(value).map(([name, member]) => printMember(name, member, '', this.#style));
    const text = lines.join(lineBreak);
    const startsLine = length === 0 || this.#text === '\ufeff' || /[\r\n]$/.test(this.#text);
    this.#splices.push({ start: length, end: length, text: startsLine ? text + lineBreak : lineBreak + text });
  }

  /** Whether the group has no members left and should be removed itself. */
  #editGroup(node: ObjectNode, plan: GroupPlan): boolean {
    const gone = new Set<string>();
    const known = new Set<string>();
    const indexes = new Map(node.members.map(({ name }, index) => [name, index]));
    for (const [name, inner] of plan.members) {
      const member = node.members[indexes.get(name) ?? -1];
      if (!member) continue;
      known.add(name);
      if (this.#editMember(member, inner)) gone.add(name);
    }
    const removed = new Set(node.members.flatMap(({ name }, index) => (gone.has(name) ? [index] : [])));
    const added = Array.from(plan.members, ([name, inner]) => [name, plannedValue(inner)] as const).filter(
      ([name, value]) => !known.has(name) && value !== undefined,
    );
    if (this.#places.layout(node).isFlow) {
      const parts = added.map(([name, value]) => `${printScalar(name)}: ${printFlow(value)}`);
      return this.#editFlow(node, removed, parts);
    }
    const indent = ' '.repeat(this.#places.column(node.members[0]?.nameStart ?? 0));
    const lines = added.map(([name, value]) => printMember(name, value, indent, this.#style));
    return this.#editBlock(node, removed, lines, indent);
  }

  /** Whether the member should be removed. */
  #editMember({ value: node }: JsonMember, plan: Plan): boolean {
    if (plan.kind === 'group' && !plan.replaces && !this.#places.layout(node).isAlias) {
      if (node.kind === 'object') return this.#editGroup(node, plan);
      if (plannedValue(plan) !== undefined) throw notAnObjectError();
      return false;
    }
    const value = plan.kind === 'group' && !plan.replaces ? applyPlan(toValue(node), plan) : plannedValue(plan);
    if (value === undefined) return true;
    this.#replaceValue(node, value);
    return false;
  }

  /** Changes as little of a value as possible: of a collection, only the children that differ. */
  #replaceValue(node: JsonNode, value: unknown): void {
    if (equalsNode(node, value)) return;
    const { isAlias } = this.#places.layout(node);
    if (
      !isAlias &&
      node.kind === 'object' &&
      node.members.length > 0 &&
      isObject(value) &&
      Object.keys(value).length > 0
    ) {
      this.#editGroup(
        node,
        planObject(
          value,
          node.members.map(({ name }) => name),
        ),
      );
    } else if (!isAlias && node.kind === 'array' && node.items.length > 0 && Array.isArray(value) && value.length > 0) {
      this.#editList(node, value);
    } else this.#rewriteValue(node, value);
  }

  #rewriteValue(node: JsonNode, value: unknown): void {
    const { markEnd, outerStart, isFlow } = this.#places.layout(node);
    const text = this.#text;
    const end = this.#places.contentEnd(node);
    const isOnMarkLine = !/[\r\n]/.test(text.slice(markEnd, node.start));
    const column = this.#places.lineIndent(markEnd) + this.#style.unit;
    const isInBrackets = isFlow || this.#places.isInFlow(node);
    const content = isInBrackets || isInline(value) ? undefined : printAfterMark(value, column, this.#style);
    if (content === undefined && isOnMarkLine && node.start < node.end) {
      const start = Math.min(outerStart, node.start);
      this.#splices.push({
        start,
        end,
        text: isObject(value) || Array.isArray(value) ? printFlow(value) : printScalar(value, text[node.start]),
      });
    } else this.#splices.push({ start: markEnd, end, text: content ?? ` ${printFlow(value)}` });
  }

  /** Of a list that gets shorter, the first items that differ are removed; new ones are added at its end. */
  #editList(node: ArrayNode, value: readonly unknown[]): void {
    const surplus = Math.max(0, node.items.length - value.length);
    const firstChange = node.items.findIndex((item, index) => index >= value.length || !equalsNode(item, value[index]));
    const removed = new Set(Array.from({ length: surplus }, (_, index) => firstChange + index));
    node.items.forEach((item, index) => {
      if (!removed.has(index))
        this.#replaceValue(item, value[surplus > 0 && index > firstChange ? index - surplus : index]);
    });
    const added = value.slice(node.items.length);
    if (this.#places.layout(node).isFlow) this.#editFlow(node, removed, added.map(printFlow));
    else {
      const indent = ' '.repeat(this.#places.column(this.#places.childStart(node, 0)));
      this.#editBlock(
        node,
        removed,
        added.map((item) => printItem(item, indent, this.#style)),
        indent,
      );
    }
  }

  /** Removes and adds lines of a block collection. Returns whether nothing is left and the collection should go. */
  #editBlock(node: Container, removed: ReadonlySet<number>, added: readonly string[], indent: string): boolean {
    const count = childCount(node);
    const isRoot = node === this.#tree.root;
    if (removed.size === count && added.length === 0 && !isRoot) return true;
    const separator = this.#style.lineBreak + indent;
    if (removed.size === count && added.length > 0) {
      for (const index of removed) if (index > 0) this.#delete(this.#places.lineSpan(node, index));
      const start = this.#places.childStart(node, 0);
      this.#splices.push({ start, end: this.#places.childEnd(node, 0), text: added.join(separator) });
      return false;
    }
    for (const index of removed) this.#delete(this.#places.lineSpan(node, index));
    if (added.length > 0) {
      const end = lineEnd(this.#text, this.#places.childEnd(node, count - 1));
      this.#splices.push({ start: end, end, text: added.map((line) => separator + line).join('') });
    }
    return false;
  }

  /** Removes and adds children between brackets. Returns whether nothing is left and the collection should go. */
  #editFlow(node: Container, removed: ReadonlySet<number>, added: readonly string[]): boolean {
    const text = this.#text;
    const count = childCount(node);
    const isRoot = node === this.#tree.root;
    if (count === 0 && added.length > 0) {
      const start = node.start + 1;
      const padding = isRoot ? '' : ' ';
      this.#splices.push({ start, end: start, text: padding + added.join(', ') + padding });
      return false;
    }
    if (removed.size === count && count > 0) {
      const [first, last] = [this.#places.childStart(node, 0), this.#places.childEnd(node, count - 1)];
      const isPadded = text[node.start + 1] === ' ' && text[last] === ' ';
      if (added.length > 0) this.#splices.push({ start: first, end: last, text: added.join(', ') });
      else if (isRoot) this.#delete({ start: node.start + 1, end: last });
      else if (isPadded && node.kind === 'object') this.#delete({ start: node.start + 1, end: last + 1 });
      else return true;
      return false;
    }
    let staying = 0;
    while (removed.has(staying)) staying++;
    for (const index of removed) this.#delete(this.#places.flowSpan(node, index, index > staying));
    if (added.length > 0) {
      const start = this.#places.childStart(node, count - 1);
      const lineStart = start - this.#places.column(start);
      const before = text.slice(lineStart, start);
      const separator = before.trim() === '' && count > 1 ? `,${this.#style.lineBreak}${before}` : ', ';
      const end = this.#places.childEnd(node, count - 1);
      this.#splices.push({ start: end, end, text: added.map((part) => separator + part).join('') });
    }
    return false;
  }

  #delete({ start, end }: Span): void {
    this.#splices.push({ start, end, text: '' });
  }
}

function firstLineBreak(text: string): LineBreak {
  return lineBreakAt(text, text.search(/[\r\n]/)) ?? '\n';
}
