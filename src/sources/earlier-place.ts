import type { JsonMember, JsonNode } from '../json/node.ts';
import { memberOf, toValue } from '../json/tree.ts';
import { isEqual } from '../json/value.ts';

/** A range of a text. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The ranges in the old text of the parts of a migrated text, by their offsets there. A moved value has the range of an
 * equal value that the old text has at a path where the migrated text has it no longer.
 */
export function earlierRanges(before: JsonNode, after: JsonNode): ReadonlyMap<number, Range> {
  const ranges = new Map<number, Range>();
  const gone = goneMembers(before, after);
  const add = (node: JsonNode, old: JsonNode): void => {
    ranges.set(node.start, rangeOf(old));
    if (node.kind === 'array') {
      for (const [i, item] of node.items.entries()) {
        const oldItem = old.kind === 'array' ? old.items[i] : undefined;
        if (oldItem) add(item, oldItem);
      }
    } else if (node.kind === 'object') for (const member of node.members) addMember(member, old);
  };
  const addMember = (member: JsonMember, around: JsonNode | undefined): void => {
    const same = around?.kind === 'object' ? memberOf(around, member.name) : undefined;
    const value = toValue(member.value);
    const old = same ?? gone.find((one) => isEqual(toValue(one.value), value));
    if (old) {
      ranges.set(member.nameStart, { start: old.nameStart, end: old.nameEnd });
      add(member.value, old.value);
    } else if (member.value.kind === 'object') for (const inner of member.value.members) addMember(inner, undefined);
  };
  add(after, before);
  return ranges;
}

function rangeOf({ start, end }: JsonNode): Range {
  return { start, end };
}

/** The members that the text after has in another place, or not at all; the outer ones first. */
function goneMembers(before: JsonNode, after: JsonNode | undefined): readonly JsonMember[] {
  if (before.kind !== 'object') return [];
  return before.members.flatMap((member) => {
    const same = after?.kind === 'object' ? memberOf(after, member.name) : undefined;
    const inner = goneMembers(member.value, same?.value);
    return same ? inner : [member, ...inner];
  });
}
