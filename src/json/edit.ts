import {
  type GroupPlan,
  isObject,
  type JsonEdit,
  notAnObjectError,
  type Plan,
  planEdits,
  plannedValue,
  planObject,
} from './edit-plan.ts';
import { gapAfter } from './gap.ts';
import { type Addition, appendChildren, type ChildPrinter, fillContainer, replaceLastChild } from './insertion.ts';
import {
  type Container,
  childAt,
  childCount,
  gapBefore,
  indentOf,
  type Style,
  styleOfDocument,
  styleOfGroup,
} from './layout.ts';
import type { ArrayNode, JsonMember, JsonNode, ObjectNode, Span, Splice } from './node.ts';
import { equalsNode, printMember, printValue } from './print.ts';
import { deleteAllChildren, deletionsFor } from './removal.ts';
import { lastIndexOf, memberOf } from './tree.ts';

export type { JsonEdit };

/**
 * The text after the edits, applied in their order; everything else stays byte for byte. Adding and removing a value
 * gives the first bytes back, except for an empty text, which becomes a document. Of members with one name the last is
 * changed, and all are removed; an object that a removal empties is removed too, except the root. `root` is the tree of
 * the text, which is valid. Throws `TypeError` for an empty path or a value that JSON cannot hold, and `Error` for a path
 * through a value that is not an object.
 */
export function editJson(text: string, edits: readonly JsonEdit[], root: JsonNode | undefined): JsonEditResult {
  const inPlace = scalarSplices(root, edits);
  if (inPlace) return { text: applySplices(text, inPlace), splices: inPlace };
  const plan = planEdits(edits);
  if (root === undefined) return { text: newDocument(text, plannedValue(plan)), splices: undefined };
  if (root.kind === 'object') return new Editor(text, root).edit(plan);
  if (plannedValue(plan) !== undefined) throw notAnObjectError();
  return { text, splices: [] };
}

/** The text after all splices, which are in their order; of two that overlap, the second begins where the first ends. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  if (splices.length === 0) return text;
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, text: replacement } of splices) {
    parts.push(text.slice(done, start), replacement);
    done = Math.max(done, end);
  }
  parts.push(text.slice(done));
  return parts.join('');
}

/** A text that was edited. */
export interface JsonEditResult {
  readonly text: string;
  /** What makes it of the text before, in its order; `undefined` for a text that is new. */
  readonly splices: readonly Splice[] | undefined;
}

function newDocument(text: string, value: unknown): string {
  if (value === undefined) return text;
  const style = styleOfDocument(text);
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const gap = gapAfter(text, mark);
  const missing = gap.breakAt >= gap.tail ? '' : style.lineBreak;
  const kept = gap.tail > mark ? text + missing : text.slice(0, mark);
  return kept + printValue(text, value, { style, indent: '' }) + style.lineBreak;
}

/** Whether a place should go, because a removal emptied it. */
type GroupFate = 'stays' | 'goes';

class Editor {
  private readonly text: string;
  private readonly root: ObjectNode;
  private readonly rootStyle: Style;
  private readonly splices: Splice[] = [];

  constructor(text: string, root: ObjectNode) {
    this.text = text;
    this.root = root;
    this.rootStyle = styleOfDocument(text);
  }

  edit(plan: GroupPlan): JsonEditResult {
    this.editGroup(this.root, plan, this.rootStyle);
    const splices = this.splices.sort((a, b) => a.start - b.start);
    return { text: applySplices(this.text, splices), splices };
  }

  private editGroup(node: ObjectNode, plan: GroupPlan, outer: Style): GroupFate {
    const style = styleOfGroup(this.text, node, outer);
    const known = new Set<string>();
    const gone = new Set<string>();
    for (const [name, inner] of plan.members) {
      const index = lastIndexOf(node, name);
      const editMember = node.members[index];
      if (editMember === undefined) continue;
      known.add(name);
      if (this.member(editMember, inner, { container: node, index, style }) === 'goes') gone.add(name);
    }
    const removed = new Set<number>();
    if (gone.size > 0)
      node.members.forEach(({ name }, index) => {
        if (gone.has(name)) removed.add(index);
      });
    const added = Array.from(plan.members, ([name, inner]) => [name, plannedValue(inner)] as const).filter(
      ([name, value]) => !known.has(name) && value !== undefined,
    );
    const print: ChildPrinter = (indent) =>
      added.map(([name, value]) => printMember(name, printValue(this.text, value, { style, indent }), style));
    return this.updateChildren(removed, added.length, { container: node, isRoot: node === this.root, style, print });
  }

  private member(member: JsonMember, plan: Plan, place: ChildPosition): GroupFate {
    if (plan.kind === 'group' && !plan.replaces) {
      if (member.value.kind === 'object') return this.editGroup(member.value, plan, place.style);
      if (plannedValue(plan) !== undefined) throw notAnObjectError();
      return 'stays';
    }
    const value = plannedValue(plan);
    if (value === undefined) return 'goes';
    this.replaceValue(member.value, value, place);
    return 'stays';
  }

  /** Changes as little of a value as can be: of an object or a list, only the parts that differ. */
  private replaceValue(node: JsonNode, value: unknown, place: ChildPosition): void {
    if (node.kind === 'array' && Array.isArray(value) && node.items.length > 0 && value.length > 0) {
      this.editList(node, value, place.style);
    } else if (node.kind === 'object' && isObject(value) && keepsOrder(node, value)) {
      this.editGroup(
        node,
        planObject(
          value,
          node.members.map(({ name }) => name),
        ),
        place.style,
      );
    } else if (!equalsNode(node, value)) {
      const { container, index, style } = place;
      const indent = indentOf(this.text, gapBefore(this.text, container, index));
      this.splices.push({ ...spanOf(node), text: printValue(this.text, value, { style, indent, old: node }) });
    }
  }

  /** Removes the first items that differ from a list that becomes shorter, and appends new items. */
  private editList(node: ArrayNode, value: readonly unknown[], style: Style): void {
    const surplus = Math.max(0, node.items.length - value.length);
    const firstChange = node.items.findIndex((item, index) => !equalsNode(item, value[index]));
    const removed = new Set(Array.from({ length: surplus }, (_, index) => firstChange + index));
    let target = 0;
    node.items.forEach((item, index) => {
      if (!removed.has(index)) this.replaceValue(item, value[target++], { container: node, index, style });
    });
    const added = value.slice(node.items.length);
    const print: ChildPrinter = (indent) => added.map((item) => printValue(this.text, item, { style, indent }));
    this.updateChildren(removed, added.length, { container: node, isRoot: false, style, print });
  }

  private updateChildren(removed: ReadonlySet<number>, added: number, addition: Addition): GroupFate {
    const { text } = this;
    const { container } = addition;
    if (removed.size === 0 && added === 0) return 'stays';
    const count = childCount(container);
    const last = childAt(container, count - 1);
    if (last === undefined) this.splices.push(...fillContainer(text, addition));
    else if (added > 0) {
      this.delete(deletionsFor(text, { container, removed, lastStaying: count - 1 }));
      const place = removed.has(count - 1) ? replaceLastChild : appendChildren;
      this.splices.push(...place(text, last, addition));
    } else if (removed.size < count) {
      this.delete(deletionsFor(text, { container, removed, lastStaying: lastOutside(removed, count) }));
    } else {
      const cuts = deleteAllChildren(text, container, addition.isRoot);
      if (cuts === undefined) return 'goes';
      this.delete(cuts);
    }
    return 'stays';
  }

  private delete(cuts: readonly Span[]): void {
    for (const { start, end } of cuts) this.splices.push({ start, end, text: '' });
  }
}

/** The position of a value in its container. */
interface ChildPosition {
  readonly container: Container;
  readonly index: number;
  readonly style: Style;
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

function lastOutside(removed: ReadonlySet<number>, length: number): number {
  let index = length - 1;
  while (removed.has(index)) index--;
  return index;
}

/** Whether changing the members one by one ends in the order that `value` has them in, or in no other set of names. */
function keepsOrder(node: ObjectNode, value: Readonly<Record<string, unknown>>): boolean {
  const names = node.members.map(({ name }) => name);
  const wanted = Object.keys(value);
  if (names.length === 0 || wanted.length === 0 || new Set(names).size < names.length) return false;
  const kept = names.filter((name) => Object.hasOwn(value, name));
  return kept.length === wanted.length || kept.every((name, index) => wanted[index] === name);
}

/**
 * The splices of edits which put scalars in the places of others, as most do: the layout around them does not matter.
 * `undefined` where one does more than that, or the same place is edited twice.
 */
function scalarSplices(root: JsonNode | undefined, edits: readonly JsonEdit[]): Splice[] | undefined {
  const splices: Splice[] = [];
  const edited = new Set<JsonNode>();
  for (const { path, value } of edits) {
    const node = path.length > 0 && isJsonScalar(value) ? nodeThroughObjects(root, path) : undefined;
    if (node === undefined || node.kind === 'object' || node.kind === 'array' || edited.has(node)) return undefined;
    edited.add(node);
    if (node.value !== value) splices.push({ start: node.start, end: node.end, text: JSON.stringify(value) });
  }
  return splices.sort((a, b) => a.start - b.start);
}

/** The node at a path that leads through objects only. */
function nodeThroughObjects(root: JsonNode | undefined, path: readonly string[]): JsonNode | undefined {
  let node = root;
  for (const name of path) node = node?.kind === 'object' ? memberOf(node, name)?.value : undefined;
  return node;
}

function isJsonScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
