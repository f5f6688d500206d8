import type { ArrayNode, JsonMember, JsonNode, ObjectNode } from './node.ts';

/** A member that doesn't count, because its object has a later one of the same name. */
export interface DuplicateMember {
  readonly name: string;
  /** The path of the member, its own name last; an item of an array is named by its index. Found when asked for. */
  readonly path: readonly string[];
  /** Where the name of this member stands. */
  readonly firstOffset: number;
  /** Where the name stands for the last time: that member counts. */
  readonly offset: number;
}

/** A number that JavaScript cannot hold as it is written: an integer beyond 2^53 − 1, or anything that overflows. */
export interface UnsafeNumber {
  /** Found when asked for. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** The members whose names come again, each with those that come after it. */
export type DuplicateGroups = ReadonlyMap<JsonMember, readonly JsonMember[]>;

/** A finding in a tree; its path is looked for when asked, as there may be as many findings as values. */
class LazyPath {
  private readonly root: JsonNode | undefined;
  private readonly place: number;

  constructor(root: JsonNode | undefined, place: number) {
    this.root = root;
    this.place = place;
  }

  get path(): readonly string[] {
    return pathAt(this.root, this.place);
  }
}

class Duplicate extends LazyPath implements DuplicateMember {
  readonly name: string;
  readonly firstOffset: number;
  readonly offset: number;

  constructor(root: JsonNode | undefined, replaced: JsonMember, offset: number) {
    super(root, replaced.nameStart);
    this.name = replaced.name;
    this.firstOffset = replaced.nameStart;
    this.offset = offset;
  }
}

class Unsafe extends LazyPath implements UnsafeNumber {
  readonly start: number;
  readonly end: number;

  constructor(root: JsonNode | undefined, { start, end }: JsonNode) {
    super(root, start);
    this.start = start;
    this.end = end;
  }
}

/** A finding for each of the members that another replaces. */
export function listDuplicates(root: JsonNode | undefined, repeated: DuplicateGroups): readonly DuplicateMember[] {
  const found: DuplicateMember[] = [];
  for (const [first, others] of repeated) {
    const offset = others.at(-1)?.nameStart ?? first.nameStart;
    found.push(new Duplicate(root, first, offset));
    for (const member of others) if (member.nameStart < offset) found.push(new Duplicate(root, member, offset));
  }
  return found;
}

/** A finding for each of the numbers. */
export function listUnsafeNumbers(root: JsonNode | undefined, nodes: readonly JsonNode[]): readonly UnsafeNumber[] {
  return nodes.map((node) => new Unsafe(root, node));
}

/** The path of the member whose name begins at `offset`, or of the number that begins there. */
function pathAt(root: JsonNode | undefined, offset: number): readonly string[] {
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
  if (member) path.push(member.name);
  return member?.value;
}

function enterItem({ items }: ArrayNode, offset: number, path: string[]): JsonNode | undefined {
  const index = lastStarting(items, ({ start }) => start, offset);
  const item = items[index];
  if (item) path.push(String(index));
  return item;
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
