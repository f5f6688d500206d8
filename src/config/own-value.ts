import { isEqual, isPlainObject, type JsonObject } from '../json/value.ts';
import type { Setting } from '../schema/setting.ts';

/** A change of a value that several layers contribute to. */
export interface CombinedChange {
  readonly before: unknown;
  readonly after: unknown;
  /** The value of the file layer alone, before the change. */
  readonly own: unknown;
  /** The value that the layers below the file resolve to. */
  readonly below: unknown;
}

/** The value to write in the file layer, so that the setting resolves to `after`; or why that is impossible. */
export function ownValue(
  { merge }: Setting,
  change: CombinedChange,
): { readonly value: unknown } | { readonly problem: string } {
  const { before, after, below } = change;
  if (merge === 'append' && Array.isArray(after) && Array.isArray(below)) {
    return isEqual(after.slice(0, below.length), below)
      ? { value: after.slice(below.length) }
      : { problem: 'must begin with the elements of the lower layers, because it merges by appending' };
  }
  if (merge !== 'deep' || !isPlainObject(before) || !isPlainObject(after)) return { value: after };
  const removed = removedMember(after, below);
  if (removed !== undefined) return { problem: `must keep the member ${JSON.stringify(removed)} of a lower layer` };
  return { value: changedMembers(change.own, before, after) };
}

/** The path of a member of `below` that `after` does not have. */
function removedMember(after: unknown, below: unknown): string | undefined {
  if (!isPlainObject(after) || !isPlainObject(below)) return undefined;
  for (const [name, member] of Object.entries(below)) {
    if (!Object.hasOwn(after, name)) return name;
    const inner = removedMember(after[name], member);
    if (inner !== undefined) return `${name}.${inner}`;
  }
  return undefined;
}

/** `own` with the members that differ between `before` and `after`. */
function changedMembers(own: unknown, before: JsonObject, after: JsonObject): JsonObject {
  const members = new Map(isPlainObject(own) ? Object.entries(own) : []);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[name], after[name]];
    if (!Object.hasOwn(after, name)) members.delete(name);
    else if (isEqual(old, now)) continue;
    else
      members.set(name, isPlainObject(old) && isPlainObject(now) ? changedMembers(members.get(name), old, now) : now);
  }
  return Object.fromEntries(members);
}
