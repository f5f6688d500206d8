import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, endOfString, endOfValue, nextToken, OPEN_OBJECT } from './skip.ts';

/** A range of a text in UTF-16 code units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object; its name may be any text, `__proto__` included, and may occur again among its siblings. */
export interface JsonMember {
  readonly name: string;
  /** The opening quote of the name. */
  readonly nameStart: number;
  /** The end of the closing quote of the name. */
  readonly nameEnd: number;
  readonly value: JsonNode;
}

export interface ObjectNode extends Span {
  readonly kind: 'object';
  readonly members: readonly JsonMember[];
}

export interface ArrayNode extends Span {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

type ScalarNode = Span &
  (
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null'; readonly value: null }
  );

/** A value in a JSON text with its location. */
export type JsonNode = ObjectNode | ArrayNode | ScalarNode;

/**
 * The plain value of a node; of members with one name the last counts. A member `__proto__` becomes an own data
 * property, so that the caller can see and refuse it, and never changes a prototype.
 */
export function toValue(node: JsonNode): unknown {
  if (node.kind === 'object') return Object.fromEntries(node.members.map(({ name, value }) => [name, toValue(value)]));
  if (node.kind === 'array') return node.items.map(toValue);
  return node.value;
}

/** The member of that name which counts: the last. */
export function memberOf(node: ObjectNode, name: string): JsonMember | undefined {
  return node.members[lastIndexOf(node, name)];
}

/** Above so many members, a map finds one sooner than a look at one after the other. */
const FEW_MEMBERS = 16;

/** The index of the last member of each name, for objects that have many. */
const indexes = new WeakMap<ObjectNode, ReadonlyMap<string, number>>();

/** The index of the last member of that name; -1 if there is none. */
export function lastIndexOf(node: ObjectNode, name: string): number {
  const { members } = node;
  if (members.length <= FEW_MEMBERS) {
    let index = members.length - 1;
    while (index >= 0 && members[index]?.name !== name) index -= 1;
    return index;
  }
  let known = indexes.get(node);
  if (!known) {
    known = new Map(members.map((member, index) => [member.name, index]));
    indexes.set(node, known);
  }
  return known.get(name) ?? -1;
}

/** The node at `path` below `root`; an item of an array is named by its index. `undefined` if there is none. */
export function nodeAt(root: JsonNode | undefined, path: readonly string[]): JsonNode | undefined {
  let node = root;
  for (const name of path) {
    if (node?.kind === 'object') node = memberOf(node, name)?.value;
    else if (node?.kind === 'array') node = String(Number(name)) === name ? node.items[Number(name)] : undefined;
    else return undefined;
  }
  return node;
}

/** A part of a text and its replacement. */
export interface Splice extends Span {
  readonly text: string;
}

/**
 * The lazy tree of a text that `parseJson` accepted: finding one member takes one pass over the characters, and no memory
 * for the others. The tree of an invalid text is undefined.
 */
export function lazyJsonTree(text: string): JsonNode | undefined {
  const start = nextToken(text, text.startsWith('\ufeff') ? 1 : 0);
  if (start >= text.length) return undefined;
  if (text[start] === '{') return new LazyObject(text, start, undefined);
  if (text[start] === '[') return new LazyArray(text, start, undefined);
  return lazyNode(text, start, endOfValue(text, start));
}

/**
 * The tree of `text`, which the splices, in their order, made of the text of `root`: only the members that they are in
 * are looked at again.
 */
export function spliceJsonTree(
  root: JsonNode | undefined,
  text: string,
  splices: readonly Splice[],
): JsonNode | undefined {
  return (root instanceof LazyObject ? root.splice(text, splices) : undefined) ?? lazyJsonTree(text);
}

function lazyNode(text: string, start: number, end: number): JsonNode {
  switch (text[start]) {
    case '{':
      return new LazyObject(text, start, end);
    case '[':
      return new LazyArray(text, start, end);
    case '"':
      return { kind: 'string', start, end, value: JSON.parse(text.slice(start, end)) as string };
    case 'n':
      return { kind: 'null', start, end, value: null };
    case 't':
    case 'f':
      return { kind: 'boolean', start, end, value: text[start] === 't' };
    default:
      return { kind: 'number', start, end, value: Number(text.slice(start, end)) };
  }
}

/** An object or array whose children are found when they are asked for. */
class LazyContainer<P> {
  readonly start: number;
  readonly #text: string;
  readonly #made: (text: string, part: ChildSpan) => P;
  #end: number | undefined;
  #parts: readonly P[] | undefined;

  /** The outermost one ends where its parts do: to look for that before would be another pass over the text. */
  constructor(text: string, start: number, end: number | undefined, made: (text: string, part: ChildSpan) => P) {
    this.#text = text;
    this.start = start;
    this.#end = end;
    this.#made = made;
  }

  get end(): number {
    if (this.#end === undefined) this.children();
    return this.#end ?? this.#text.length;
  }

  /** Whether its parts were looked at. */
  protected get hasChildren(): boolean {
    return this.#parts !== undefined;
  }

  /** Gives the parts, which are known from elsewhere. */
  protected setChildren(parts: readonly P[]): void {
    this.#parts = parts;
  }

  children(): readonly P[] {
    if (!this.#parts) {
      const { parts, end } = findChildren(this.#text, this.start);
      this.#parts = parts.map((part) => this.#made(this.#text, part));
      this.#end = end;
    }
    return this.#parts;
  }
}

class LazyObject extends LazyContainer<LazyMember> implements ObjectNode {
  readonly kind = 'object';

  constructor(text: string, start: number, end: number | undefined) {
    super(text, start, end, (whole, part) => lazyMember(whole, part));
  }

  get members(): readonly JsonMember[] {
    return this.children();
  }

  /**
   * The same object in a text that the splices made, which begins `shift` characters further on; `undefined` where they
   * change more than values of members, or its members were not found yet.
   */
  splice(text: string, splices: readonly Splice[], shift = 0): LazyObject | undefined {
    if (!this.hasChildren) return undefined;
    const members: LazyMember[] = [];
    let by = shift;
    let next = 0;
    for (const member of this.children()) {
      const { start, value, end } = member.span;
      const first = next;
      let grown = 0;
      for (let splice = splices[next]; splice && splice.start < end; splice = splices[next]) {
        if (splice.start < value || splice.end > end) return undefined;
        grown += splice.text.length - (splice.end - splice.start);
        next += 1;
      }
      const changed = member.moveTo(text, { start: start + by, value: value + by, end: end + by + grown });
      if (next > first) changed.reuseValue(member, splices.slice(first, next), by);
      members.push(changed);
      by += grown;
    }
    if (next < splices.length) return undefined;
    const object = new LazyObject(text, this.start + shift, this.end + by);
    object.setChildren(members);
    const known = indexes.get(this);
    if (known) indexes.set(object, known);
    return object;
  }
}

class LazyArray extends LazyContainer<JsonNode> implements ArrayNode {
  readonly kind = 'array';

  constructor(text: string, start: number, end: number | undefined) {
    super(text, start, end, (whole, part) => lazyNode(whole, part.start, part.end));
  }

  get items(): readonly JsonNode[] {
    return this.children();
  }
}

/** A member whose value is made when it is asked for. */
class LazyMember implements JsonMember {
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly span: ChildSpan;
  readonly #text: string;
  #value: JsonNode | undefined;

  constructor(text: string, part: ChildSpan, name: string, nameEnd: number) {
    this.nameStart = part.start;
    this.nameEnd = nameEnd;
    this.name = name;
    this.span = part;
    this.#text = text;
  }

  get value(): JsonNode {
    this.#value ??= lazyNode(this.#text, this.span.value, this.span.end);
    return this.#value;
  }

  moveTo(text: string, part: ChildSpan): LazyMember {
    return new LazyMember(text, part, this.name, part.start + this.nameEnd - this.nameStart);
  }

  /** Reuses the parsed value of `before`, shifted by the splices inside it. */
  reuseValue(before: LazyMember, splices: readonly Splice[], shift: number): void {
    if (before.#value instanceof LazyObject) this.#value = before.#value.splice(this.#text, splices, shift);
  }
}

function lazyMember(text: string, part: ChildSpan): LazyMember {
  const nameEnd = endOfString(text, part.start);
  return new LazyMember(text, part, readString(text, part.start, nameEnd), nameEnd);
}

/** A member or an item. */
interface ChildSpan {
  readonly start: number;
  /** Where its value begins; that of an item is itself. */
  readonly value: number;
  readonly end: number;
}

/** The members or items of what begins at `opened`, and where that ends. */
function findChildren(text: string, opened: number): { readonly parts: readonly ChildSpan[]; readonly end: number } {
  const parts: ChildSpan[] = [];
  const hasNames = text.charCodeAt(opened) === OPEN_OBJECT;
  let start = nextToken(text, opened + 1);
  for (let code = text.charCodeAt(start); code !== CLOSE_OBJECT && code !== CLOSE_ARRAY; ) {
    if (start >= text.length) break;
    const value = hasNames ? startOfValue(text, endOfString(text, start)) : start;
    const end = endOfValue(text, value);
    parts.push({ start, value, end });
    start = nextToken(text, end);
    if (text.charCodeAt(start) === COMMA) start = nextToken(text, start + 1);
    code = text.charCodeAt(start);
  }
  return { parts, end: start + 1 };
}

function readString(text: string, start: number, end: number): string {
  const content = text.slice(start + 1, end - 1);
  return content.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : content;
}

function startOfValue(text: string, nameEnd: number): number {
  return nextToken(text, nextToken(text, nameEnd) + 1);
}
