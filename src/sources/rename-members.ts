import { canonicalJson } from '../json/canonical.ts';
import { applySplices } from '../json/edit.ts';
import type { ObjectNode, Splice } from '../json/node.ts';
import { toValue } from '../json/tree.ts';
import { isPlainObject, type JsonObject } from '../json/value.ts';
import type { FileText } from './file-document.ts';

/**
 * Renames the members that `after` has under another name in the same object, with an equal value. Their comments and their
 * layout stay.
 */
export function withRenamedMembers({ text, format }: FileText, after: JsonObject): string {
  // By their offsets: an alias of YAML has the same members in another place.
  const splices = new Map<number, Splice>();
  renameMembers(format.tree(text) as ObjectNode, after, (start, end, name) => {
    splices.set(start, { start, end, text: nameText(name, text[start]) });
  });
  return applySplices(
    text,
    [...splices.values()].sort((a, b) => a.start - b.start),
  );
}

type RenameName = (start: number, end: number, name: string) => void;

function renameMembers(node: ObjectNode, after: JsonObject, rename: RenameName): void {
  const names = renamesBetween(toValue(node) as JsonObject, after);
  for (const { name, nameStart, nameEnd, value } of node.members) {
    const other = names.get(name);
    if (other !== undefined) rename(nameStart, nameEnd, other);
    const now = after[name];
    if (value.kind === 'object' && isPlainObject(now)) renameMembers(value, now, rename);
  }
}

/** The new names of members that are gone, each for the first new member with an equal value. */
function renamesBetween(before: JsonObject, after: JsonObject): ReadonlyMap<string, string | undefined> {
  const added = Object.keys(after).filter((name) => !Object.hasOwn(before, name));
  const byValue = new Map<string, string[]>();
  for (const name of added.reverse()) {
    const value = canonicalJson(after[name]);
    const same = byValue.get(value);
    if (same) same.push(name);
    else byValue.set(value, [name]);
  }
  const gone = Object.entries(before).filter(([name]) => !Object.hasOwn(after, name));
  return new Map(gone.map(([name, value]) => [name, byValue.get(canonicalJson(value))?.pop()]));
}

/** Names that no language reads as anything else. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z_][\w-]*$/i;

/** The name as the text has names there: in quotes, or plain where YAML allows it. */
function nameText(name: string, first: string | undefined): string {
  return first === '"' || first === "'" || !PLAIN.test(name) ? JSON.stringify(name) : name;
}
