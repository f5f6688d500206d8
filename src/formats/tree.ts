import { listDuplicates } from '../json/diagnostics.ts';
import type { JsonMember, JsonNode, ObjectNode } from '../json/node.ts';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_VALUES, JsonSyntaxError, type JsonTree } from '../json/parse.ts';
import type { JsonContent } from '../json/read.ts';
import { toValue } from '../json/tree.ts';

/** The plain values of a tree. */
export function contentOf({ root, duplicates, unsafe }: JsonTree): JsonContent {
  return { value: root && toValue(root), duplicates, unsafe };
}

/** The members of `root` and of every object below it that a later member of the same name replaces. */
export function findDuplicates(root: JsonNode | undefined): JsonTree['duplicates'] {
  const groups = new Map<JsonMember, JsonMember[]>();
  const visited = new Set<JsonNode>();
  const pending = root ? [root] : [];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (visited.has(node)) continue;
    visited.add(node);
    if (node.kind === 'object') groupByName(node, groups);
    if (node.kind === 'object') for (const { value } of node.members) pending.push(value);
    else if (node.kind === 'array') for (const item of node.items) pending.push(item);
  }
  return listDuplicates(root, groups);
}

function groupByName({ members }: ObjectNode, groups: Map<JsonMember, JsonMember[]>): void {
  const firsts = new Map<string, JsonMember>();
  for (const member of members) {
    const first = firsts.get(member.name);
    if (!first) firsts.set(member.name, member);
    else if (groups.has(first)) groups.get(first)?.push(member);
    else groups.set(first, [member]);
  }
}

/** Refuses a text that is nested too deep or has too many values, while another parser's tree is walked. */
export class SizeLimit {
  #values = 0;

  /** Counts a value at `depth`, from 0, that stands for `values` values. Throws `JsonSyntaxError` beyond the limits. */
  count(depth: number, offset: number, values = 1): void {
    this.#values += values;
    if (this.#values > DEFAULT_MAX_VALUES)
      throw new JsonSyntaxError(`expected at most ${DEFAULT_MAX_VALUES} values`, offset, true);
    if (depth > DEFAULT_MAX_DEPTH)
      throw new JsonSyntaxError(`expected at most ${DEFAULT_MAX_DEPTH} levels of nesting`, offset, true);
  }
}

/** Refuses a text with more brackets open at once than a tree may be deep, before another parser recurses into it. */
export function checkBrackets(text: string): void {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset];
    if (character === '[' || character === '{') new SizeLimit().count(++depth, offset);
    else if ((character === ']' || character === '}') && depth > 0) depth--;
  }
}

/** How many marks a text may have of which a parser makes nodes of some kilobytes each. */
const MOST_MARKS = 100_000;

/** Refuses a text of which another parser would make more than the memory holds. */
export function checkMarks(text: string, marks: RegExp, names: string): void {
  let found = 0;
  for (const { index } of text.matchAll(marks)) {
    found += 1;
    if (found > MOST_MARKS) throw new JsonSyntaxError(`expected at most ${MOST_MARKS} ${names}`, index, true);
  }
}
