import type { ArrayNode, JsonMember, JsonNode, ObjectNode, Span, Splice } from './node.ts';

export const TAB = 9;
export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
export const SPACE = 32;
const SLASH = 47;
const BACKSLASH = 92;
export const QUOTE = 34;
export const COMMA = 44;
export const OPEN_ARRAY = 91;
export const CLOSE_ARRAY = 93;
export const OPEN_OBJECT = 123;
export const CLOSE_OBJECT = 125;

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
  const index = lastIndexOf(node, name);
  return node instanceof LazyObject ? node.member(index) : node.members[index];
}

/** Above so many members, a map finds one sooner than a look at one after the other. */
const FEW_MEMBERS = 16;

/** The index of the last member of each name, for objects that have many. */
const indexes = new WeakMap<ObjectNode, ReadonlyMap<string, number>>();

/** The index of the last member of that name; -1 if there is none. */
export function lastIndexOf(node: ObjectNode, name: string): number {
  const known = indexes.get(node);
  if (known) return known.get(name) ?? -1;
  const names = node instanceof LazyObject ? node.names : node.members.map((member) => member.name);
  if (names.length <= FEW_MEMBERS) return names.lastIndexOf(name);
  const made = new Map(names.map((each, index) => [each, index]));
  indexes.set(node, made);
  return made.get(name) ?? -1;
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
class LazyContainer {
  readonly start: number;
  protected readonly text: string;
  #end: number | undefined;
  #spans: Int32Array | undefined;

  /** The outermost one ends where its children do: to look for that before would be another pass over the text. */
  constructor(text: string, start: number, end: number | undefined, spans?: Int32Array) {
    this.text = text;
    this.start = start;
    this.#end = end;
    this.#spans = spans;
  }

  get end(): number {
    if (this.#end === undefined) this.#find();
    return this.#end ?? this.text.length;
  }

  /** Whether its children were looked at. */
  protected get hasSpans(): boolean {
    return this.#spans !== undefined;
  }

  /** Three offsets for each child: its start, the start of its value, and its end. An item starts with its value. */
  protected get spans(): Int32Array {
    return this.#spans ?? this.#find();
  }

  #find(): Int32Array {
    const { spans, end } = findChildren(this.text, this.start);
    this.#spans = spans;
    this.#end = end;
    return spans;
  }
}

class LazyObject extends LazyContainer implements ObjectNode {
  readonly kind = 'object';
  #names: readonly string[] | undefined;
  #members: readonly LazyMember[] | undefined;
  /** The members that were asked for one by one. */
  readonly #single = new Map<number, LazyMember>();

  get names(): readonly string[] {
    this.#names ??= childrenOf(this.spans, (start) => readString(this.text, start, endOfString(this.text, start)));
    return this.#names;
  }

  get members(): readonly JsonMember[] {
    this.#members ??= this.names.map((_, index) => this.member(index) as LazyMember);
    return this.#members;
  }

  member(index: number): LazyMember | undefined {
    const known = this.#members?.[index] ?? this.#single.get(index);
    const name = this.names[index];
    if (known || name === undefined) return known;
    const { spans } = this;
    const span = { start: spans[3 * index + 1] as number, end: spans[3 * index + 2] as number };
    const member = new LazyMember(this.text, { name, nameStart: spans[3 * index] as number, span });
    this.#single.set(index, member);
    return member;
  }

  /**
   * The same object in a text that the splices made, which begins `shift` characters further on; `undefined` where they
   * change more than values of members, or its members were not found yet.
   */
  splice(text: string, splices: readonly Splice[], shift = 0): LazyObject | undefined {
    if (!this.hasSpans) return undefined;
    const { spans: before } = this;
    let spans = before;
    const changed: { readonly index: number; readonly splices: readonly Splice[]; readonly shift: number }[] = [];
    let by = shift;
    let next = 0;
    for (let i = 0; i < before.length && (by !== 0 || next < splices.length); i += 3) {
      const value = before[i + 1] as number;
      const end = before[i + 2] as number;
      const first = next;
      let grown = 0;
      for (let splice = splices[next]; splice && splice.start < end; splice = splices[next]) {
        if (splice.start < value || splice.end > end) return undefined;
        grown += splice.text.length - (splice.end - splice.start);
        next += 1;
      }
      if (next > first) changed.push({ index: i / 3, splices: splices.slice(first, next), shift: by });
      if (by === 0 && grown === 0) continue;
      // As long as nothing moves, both share the spans.
      if (spans === before) spans = before.slice();
      spans[i] = (before[i] as number) + by;
      spans[i + 1] = value + by;
      spans[i + 2] = end + by + grown;
      by += grown;
    }
    if (next < splices.length) return undefined;
    const object = new LazyObject(text, this.start + shift, this.end + by, spans);
    object.#names = this.#names;
    for (const { index, ...change } of changed) {
      const member = this.member(index);
      if (member) object.member(index)?.reuseValue(member, change);
    }
    const known = indexes.get(this);
    if (known) indexes.set(object, known);
    return object;
  }
}

class LazyArray extends LazyContainer implements ArrayNode {
  readonly kind = 'array';
  #items: readonly JsonNode[] | undefined;

  get items(): readonly JsonNode[] {
    this.#items ??= childrenOf(this.spans, (start, end) => lazyNode(this.text, start, end));
    return this.#items;
  }
}

/** A member whose value is made when it is asked for. */
class LazyMember implements JsonMember {
  readonly name: string;
  readonly nameStart: number;
  readonly #text: string;
  readonly #span: Span;
  #value: JsonNode | undefined;

  /** `span` is that of its value. */
  constructor(
    text: string,
    { name, nameStart, span }: Pick<JsonMember, 'name' | 'nameStart'> & { readonly span: Span },
  ) {
    this.name = name;
    this.nameStart = nameStart;
    this.#text = text;
    this.#span = span;
  }

  get nameEnd(): number {
    return endOfString(this.#text, this.nameStart);
  }

  get value(): JsonNode {
    this.#value ??= lazyNode(this.#text, this.#span.start, this.#span.end);
    return this.#value;
  }

  /** Reuses the parsed value of the same member before the splices inside it. */
  reuseValue(
    before: LazyMember,
    { splices, shift }: { readonly splices: readonly Splice[]; readonly shift: number },
  ): void {
    if (before.#value instanceof LazyObject) this.#value = before.#value.splice(this.#text, splices, shift);
  }
}

function childrenOf<Child>(spans: Int32Array, child: (start: number, end: number) => Child): readonly Child[] {
  const children: Child[] = [];
  for (let i = 0; i < spans.length; i += 3) children.push(child(spans[i] as number, spans[i + 2] as number));
  return children;
}

/** The spans of the children of what begins at `opened`, and where that ends. */
function findChildren(text: string, opened: number): { readonly spans: Int32Array; readonly end: number } {
  const spans: number[] = [];
  const hasNames = text.charCodeAt(opened) === OPEN_OBJECT;
  let start = nextToken(text, opened + 1);
  for (let code = text.charCodeAt(start); code !== CLOSE_OBJECT && code !== CLOSE_ARRAY; ) {
    if (start >= text.length) break;
    const value = hasNames ? startOfValue(text, endOfString(text, start)) : start;
    const end = endOfValue(text, value);
    spans.push(start, value, end);
    start = nextToken(text, end);
    if (text.charCodeAt(start) === COMMA) start = nextToken(text, start + 1);
    code = text.charCodeAt(start);
  }
  return { spans: Int32Array.from(spans), end: start + 1 };
}

function readString(text: string, start: number, end: number): string {
  const content = text.slice(start + 1, end - 1);
  return content.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : content;
}

function startOfValue(text: string, nameEnd: number): number {
  return nextToken(text, nextToken(text, nameEnd) + 1);
}

/** The end of the value that begins at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  return first === OPEN_OBJECT || first === OPEN_ARRAY ? endOfContainer(text, start) : endOfWord(text, start);
}

function endOfContainer(text: string, start: number): number {
  const { length } = text;
  let depth = 0;
  for (let pos = start; pos < length; pos++) {
    const code = text.charCodeAt(pos);
    // Most of a document is neither quote nor bracket nor comment.
    if (code < OPEN_ARRAY) {
      if (code === QUOTE) pos = endOfString(text, pos) - 1;
      else if (code === SLASH) pos = endOfComment(text, pos) - 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++;
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth--;
      if (depth === 0) return pos + 1;
    }
  }
  return length;
}

function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    // Behind an even number of backslashes it is not part of an escape.
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return text.length;
}

/** The end of a number, `true`, `false` or `null`. */
function endOfWord(text: string, start: number): number {
  let pos = start;
  while (pos < text.length && !isSpace(text.charCodeAt(pos)) && !',]}/'.includes(text[pos] ?? '')) pos++;
  return pos;
}

/** The next token from `offset` on. */
function nextToken(text: string, offset: number): number {
  let pos = afterSpace(text, offset);
  while (text.charCodeAt(pos) === SLASH) pos = afterSpace(text, endOfComment(text, pos));
  return pos;
}

/** The end of the comment that begins at `start`, before the break of its line. */
export function endOfComment(text: string, start: number): number {
  if (!text.startsWith('/*', start)) return lineEnd(text, start);
  const end = text.indexOf('*/', start + 2);
  return end === -1 ? text.length : end + 2;
}

/** The end of the line that `offset` is in, before its line break; `limit` if it does not end before that. */
export function lineEnd(text: string, offset: number, limit: number = text.length): number {
  let end = offset;
  while (end < limit) {
    const code = text.charCodeAt(end);
    if (code === LINE_FEED || code === CARRIAGE_RETURN) break;
    end++;
  }
  return end;
}

/** The first place from `offset` on that is not white space of JSON. */
export function afterSpace(text: string, offset: number): number {
  let pos = offset;
  while (isSpace(text.charCodeAt(pos))) pos++;
  return pos;
}

/** Whether the character is white space of JSON. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB;
}
