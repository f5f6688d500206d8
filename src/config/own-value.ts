import { isEqual, isPlainObject, type JsonObject } from '../json/value.ts';
import { namedAsBelow } from '../schema/check.ts';
import type { DecodeResult } from '../schema/decode.ts';
import { memberAt } from '../schema/member-path.ts';
import type { Setting } from '../schema/setting.ts';

/** A change of a value that several layers contribute to. */
interface CombinedChange {
  readonly before: unknown;
  readonly after: unknown;
  /** `after` as the file writes it, with references. */
  readonly form: unknown;
  /** The value of the file layer alone, before the change. */
  readonly own: unknown;
  /** The value that the layers below the file resolve to. */
  readonly below: unknown;
}

/** The value to write in the file layer, so that the setting resolves to `after`; or why that is impossible. */
export function ownValue(setting: Setting, { before, after, form, own, below }: CombinedChange): DecodeResult {
  const { merge } = setting;
  // The members of the file may have other names than those of the layers below.
  const named = namedAsBelow(setting, own, below);
  if ('problem' in named) return named;
  if (merge === 'append' && Array.isArray(after) && Array.isArray(below)) {
    return isEqual(after.slice(0, below.length), below)
      ? { value: Array.isArray(form) ? form.slice(below.length) : form }
      : { problem: 'must begin with the elements of the lower layers, because it merges by appending' };
  }
  if (merge !== 'deep' || !isPlainObject(before) || !isPlainObject(after)) return { value: form };
  const removed = removedMember(after, below);
  if (removed !== undefined) return { problem: `must keep the member ${JSON.stringify(removed)} of a lower layer` };
  return { value: changedMembers(named.value, { before, after, form }) };
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

/** `own` with the members that differ between `before` and `after`, in the form of the file. */
function changedMembers(own: unknown, { before, after, form }: MembersChange): JsonObject {
  // A text that stands for an object cannot keep the members that did not change.
  const start = typeof own === 'string' ? form : own;
  const members = new Map(isPlainObject(start) ? Object.entries(start) : []);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now, written] = [before[name], after[name], memberAt(form, name)];
    if (!Object.hasOwn(after, name)) members.delete(name);
    else if (isEqual(old, now)) continue;
    else {
      const isInside = isPlainObject(old) && isPlainObject(now);
      const change = isInside && { before: old, after: now, form: written };
      members.set(name, change ? changedMembers(members.get(name), change) : written);
    }
  }
  return Object.fromEntries(members);
}

interface MembersChange {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly form: unknown;
}
