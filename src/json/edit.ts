import { type Addition, addedBehind, addedInPlaceOf, addedToEmpty, type Write } from './addition.ts';
import { emptied } from './emptied.ts';
import {
  type Container,
  gapBefore,
  indentOf,
  partAt,
  partCount,
  type Style,
  styleOfDocument,
  styleOfGroup,
} from './layout.ts';
import { type ArrayNode, type JsonMember, type JsonNode, lastIndexOf, type ObjectNode, type Span } from './node.ts';
import { type JsonDocument, parseJson } from './parse.ts';
import { type GroupPlan, isObject, type JsonEdit, notAGroup, type Plan, planFor, planned, planOf } from './plan.ts';
import { means, memberText, printed } from './print.ts';
import { cutsFor } from './removal.ts';
import { scalarSplices } from './scalar-splices.ts';
import { type Splice, spliced } from './splice.ts';
import { gapAfter } from './trivia.ts';

export type { JsonEdit };

/**
 * The text after the edits, applied in their order; all that they don't change stays byte for byte. What is added and
 * removed again leaves the first bytes, but for an empty text, which becomes a document. Of members with one name the
 * last is changed, and all are removed; an object that a removal empties goes too, except the root. Throws
 * `JsonSyntaxError` if the text is not valid, `TypeError` for an empty path or a value that JSON can't hold, and `Error`
 * if a path to be written leads through a value that is no object: whoever edits a path has looked there before. Who has
 * the text's tree already gives it.
 */
export function editJson(text: string, edits: readonly JsonEdit[], options: EditOptions): string {
  return editedJson(text, edits, options).text;
}

/** The same, with what was changed. */
export function editedJson(text: string, edits: readonly JsonEdit[], { comments, tree }: EditOptions): EditedText {
  const { root } = tree ?? parseJson(text, { comments });
  const inPlace = scalarSplices(root, edits);
  if (inPlace) return { text: splicedInOrder(text, inPlace), splices: inPlace };
  const plan = planOf(edits);
  if (root === undefined) return { text: newDocument(text, planned(plan)), splices: undefined };
  if (root.kind === 'object') return new Editor(text, root).edited(plan);
  if (planned(plan) !== undefined) throw notAGroup();
  return { text, splices: [] };
}

function splicedInOrder(text: string, splices: readonly Splice[]): string {
  return splices.length === 0 ? text : spliced(text, splices);
}

/** How a text is edited. */
export interface EditOptions {
  readonly comments: boolean;
  readonly tree?: Pick<JsonDocument, 'root'>;
}

/** A text that was edited. */
export interface EditedText {
  readonly text: string;
  /** What makes it of the text before, in its order; `undefined` for a text that is new. */
  readonly splices: readonly Splice[] | undefined;
}

function newDocument(text: string, value: unknown): string {
  if (value === undefined) return text;
  const style = styleOfDocument(text, undefined);
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const gap = gapAfter(text, mark);
  const missing = gap.breakAt >= gap.tail ? '' : style.lineBreak;
  const kept = gap.tail > mark ? text.slice(0, gap.end) + missing : text.slice(0, mark);
  return kept + printed(text, value, { style, indent: '' }) + style.lineBreak;
}

/** Whether a place should go, because a removal emptied it. */
type Fate = 'stays' | 'goes';

class Editor {
  private readonly text: string;
  private readonly root: ObjectNode;
  private readonly usual: Style;
  private readonly splices: Splice[] = [];

  constructor(text: string, root: ObjectNode) {
    this.text = text;
    this.root = root;
    this.usual = styleOfDocument(text, root);
  }

  edited(plan: GroupPlan): EditedText {
    this.group(this.root, plan, this.usual);
    const splices = this.splices.sort((a, b) => a.start - b.start);
    return { text: splicedInOrder(this.text, splices), splices };
  }

  private group(node: ObjectNode, plan: GroupPlan, outer: Style): Fate {
    const style = styleOfGroup(this.text, node, outer);
    const known = new Set<string>();
    const gone = new Set<string>();
    const indexOf = plan.members.size > FEW_NAMES ? indexesOf(node) : (name: string) => lastIndexOf(node, name);
    for (const [name, inner] of plan.members) {
      const index = indexOf(name);
      const member = node.members[index];
      if (member === undefined) continue;
      known.add(name);
      if (this.member(member, inner, { container: node, index, style }) === 'goes') gone.add(name);
    }
    const removed = new Set<number>();
    if (gone.size > 0)
      node.members.forEach(({ name }, index) => {
        if (gone.has(name)) removed.add(index);
      });
    const added = Array.from(plan.members, ([name, inner]) => [name, planned(inner)] as const).filter(
      ([name, value]) => !known.has(name) && value !== undefined,
    );
    const write: Write = (indent) =>
      added.map(([name, value]) => memberText(name, printed(this.text, value, { style, indent }), style));
    return this.parts(removed, added.length, { container: node, isRoot: node === this.root, style, write });
  }

  private member(member: JsonMember, plan: Plan, place: PartPlace): Fate {
    if (plan.kind === 'group' && !plan.replaces) {
      if (member.value.kind === 'object') return this.group(member.value, plan, place.style);
      if (planned(plan) !== undefined) throw notAGroup();
      return 'stays';
    }
    const value = planned(plan);
    if (value === undefined) return 'goes';
    this.replace(member.value, value, place);
    return 'stays';
  }

  /** Changes as little of a value as can be: of an object or a list, only the parts that differ. */
  private replace(node: JsonNode, value: unknown, place: PartPlace): void {
    if (node.kind === 'array' && Array.isArray(value) && node.items.length > 0 && value.length > 0) {
      this.list(node, value, place.style);
    } else if (node.kind === 'object' && isObject(value) && keepsOrder(node, value)) {
      this.group(
        node,
        planFor(
          value,
          node.members.map(({ name }) => name),
        ),
        place.style,
      );
    } else if (!means(node, value)) {
      const { container, index, style } = place;
      const indent = isScalar(value) ? undefined : indentOf(this.text, gapBefore(this.text, container, index));
      this.splices.push({ ...spanOf(node), text: printed(this.text, value, { style, indent, old: node }) });
    }
  }

  /** Of a list that gets shorter, the first items that differ go; new ones come at its end. */
  private list(node: ArrayNode, value: readonly unknown[], style: Style): void {
    const surplus = Math.max(0, node.items.length - value.length);
    const firstChange = node.items.findIndex((item, index) => index >= value.length || !means(item, value[index]));
    const removed = new Set(Array.from({ length: surplus }, (_, index) => firstChange + index));
    node.items.forEach((item, index) => {
      if (removed.has(index)) return;
      const target = surplus > 0 && index > firstChange ? index - surplus : index;
      this.replace(item, value[target], { container: node, index, style });
    });
    const added = value.slice(node.items.length);
    const write: Write = (indent) => added.map((item) => printed(this.text, item, { style, indent }));
    this.parts(removed, added.length, { container: node, isRoot: false, style, write });
  }

  private parts(removed: ReadonlySet<number>, added: number, addition: Addition): Fate {
    const { text } = this;
    const { container } = addition;
    if (removed.size === 0 && added === 0) return 'stays';
    const count = partCount(container);
    const last = partAt(container, count - 1);
    if (last === undefined) this.splices.push(...addedToEmpty(text, addition));
    else if (added > 0) {
      this.cut(cutsFor(text, { container, removed, lastStaying: count - 1 }));
      const place = removed.has(count - 1) ? addedInPlaceOf : addedBehind;
      this.splices.push(...place(text, last, addition));
    } else if (removed.size < count) {
      this.cut(cutsFor(text, { container, removed, lastStaying: lastOutside(removed, count) }));
    } else {
      const cuts = emptied(text, container, addition.isRoot);
      if (cuts === undefined) return 'goes';
      this.cut(cuts);
    }
    return 'stays';
  }

  private cut(cuts: readonly Span[]): void {
    for (const { start, end } of cuts) this.splices.push({ start, end, text: '' });
  }
}

/** For more names than this, a map of all members is sooner made than all of them looked through for each. */
const FEW_NAMES = 8;

function indexesOf(node: ObjectNode): (name: string) => number {
  const indexes = new Map(node.members.map(({ name }, index) => [name, index]));
  return (name) => indexes.get(name) ?? -1;
}

/** Where a value stands. */
interface PartPlace {
  readonly container: Container;
  readonly index: number;
  readonly style: Style;
}

/** Whether a value is spelled the same wherever it stands. */
function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
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
