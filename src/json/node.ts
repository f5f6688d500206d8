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
  /** Behind the closing quote of the name. */
  readonly nameEnd: number;
  readonly value: JsonNode;
}

export interface ObjectNode extends Span {
  readonly kind: 'object';
  readonly members: readonly JsonMember[];
  /** {@link lastIndexOf}, where the node knows a shorter way than through all of its members. */
  lastIndexOf?(name: string): number;
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
  if (node.kind === 'object') return plainObject(node);
  if (node.kind === 'array') return node.items.map(toValue);
  return node.value;
}

function plainObject(node: ObjectNode): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { name, value } of node.members) {
    if (name === '__proto__') defineMember(object, name, toValue(value));
    else object[name] = toValue(value);
  }
  return object;
}

function defineMember(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** The member of that name which counts: the last. */
export function memberOf(node: ObjectNode, name: string): JsonMember | undefined {
  return node.members[lastIndexOf(node, name)];
}

/** The index of the last member of that name; -1 if there is none. */
export function lastIndexOf(node: ObjectNode, name: string): number {
  return node.lastIndexOf ? node.lastIndexOf(name) : lastNamed(node.members, name);
}

/** The same, looking at one after the other. */
export function lastNamed(members: readonly JsonMember[], name: string): number {
  let index = members.length - 1;
  while (index >= 0 && members[index]?.name !== name) index--;
  return index;
}

/** The node at `path` below `root`; an item of an array is named by its index. `undefined` where there is nothing. */
export function nodeAt(root: JsonNode | undefined, path: readonly string[]): JsonNode | undefined {
  let node = root;
  for (const name of path) {
    if (node?.kind === 'object') node = memberOf(node, name)?.value;
    else if (node?.kind === 'array') node = String(Number(name)) === name ? node.items[Number(name)] : undefined;
    else return undefined;
  }
  return node;
}

/** The path of the innermost member or item that `offset` lies in; a member reaches from its name to its value's end. */
export function pathAt(root: JsonNode | undefined, offset: number): readonly string[] {
  const path: string[] = [];
  let node = root;
  while (node?.kind === 'object' || node?.kind === 'array') {
    const inner: JsonNode | undefined =
      node.kind === 'object' ? enterMember(node, offset, path) : enterItem(node, offset, path);
    node = inner;
  }
  return path;
}

function enterMember({ members }: ObjectNode, offset: number, path: string[]): JsonNode | undefined {
  const member = members[lastStarting(members, ({ nameStart }) => nameStart, offset)];
  if (member === undefined || offset >= member.value.end) return undefined;
  path.push(member.name);
  return offset >= member.value.start ? member.value : undefined;
}

function enterItem({ items }: ArrayNode, offset: number, path: string[]): JsonNode | undefined {
  const index = lastStarting(items, ({ start }) => start, offset);
  const item = items[index];
  if (item === undefined || offset >= item.end) return undefined;
  path.push(String(index));
  return offset >= item.start ? item : undefined;
}

/** The index of the last of the ascending `parts` that starts at `offset` or before it; -1 if there is none. */
function lastStarting<Part>(parts: readonly Part[], start: (part: Part) => number, offset: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const part = parts[middle];
    if (part !== undefined && start(part) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A part of a text and its replacement. */
export interface Splice extends Span {
  readonly text: string;
}

/** The text after all splices, which are in their order; of two that overlap, the second begins where the first ends. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, text: replacement } of splices) {
    parts.push(text.slice(done, start), replacement);
    done = Math.max(done, end);
  }
  parts.push(text.slice(done));
  return parts.join('');
}
