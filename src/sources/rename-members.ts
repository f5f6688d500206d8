import { canonicalJson } from '../json/canonical.ts';
import { applySplices } from '../json/edit.ts';
import type { JsonNode, Splice } from '../json/node.ts';
import { memberOf } from '../json/tree.ts';
import { isEqual, isPlainObject, type JsonObject } from '../json/value.ts';
import type { FileText } from './file-document.ts';

/** A text whose members have new names, and its value. */
interface RenamedText {
  readonly text: string;
  readonly value: JsonObject;
}

/**
 * Renames the members that `after` has under another name in the same object, with an equal value. Their comments and their
 * layout stay.
 */
export function renamed({ text, format }: FileText, before: JsonObject, after: JsonObject): RenamedText {
  const splices: Splice[] = [];
  const value = renamedObject({ before, after, node: format.tree(text) }, (start, end, name) => {
    splices.push({ start, end, text: nameText(name, text[start]) });
  });
  return {
    text: applySplices(
      text,
      splices.toSorted((a, b) => a.start - b.start),
    ),
    value,
  };
}

interface MigratedObject {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly node: JsonNode | undefined;
}

type RenameName = (start: number, end: number, name: string) => void;

function renamedObject({ before, after, node }: MigratedObject, rename: RenameName): JsonObject {
  if (node?.kind !== 'object') return before;
  const names = renamesBetween(before, after);
  for (const { name, nameStart, nameEnd } of node.members) {
    const other = names.get(name);
    if (other !== undefined) rename(nameStart, nameEnd, other);
  }
  const members = Object.entries(before).map(([name, value]): readonly [string, unknown] => {
    const now = after[names.get(name) ?? name];
    const inner = memberOf(node, name)?.value;
    const isInside = isPlainObject(value) && isPlainObject(now) && !isEqual(value, now);
    return [
      names.get(name) ?? name,
      isInside ? renamedObject({ before: value, after: now, node: inner }, rename) : value,
    ];
  });
  return Object.fromEntries(members);
}

/** The new names of members that are gone, each for the first new member with an equal value. */
function renamesBetween(before: JsonObject, after: JsonObject): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const added = Object.keys(after).filter((name) => !Object.hasOwn(before, name));
  if (added.length === 0) return names;
  const byValue = new Map<string, string[]>();
  for (const name of added.reverse()) {
    const value = canonicalJson(after[name]);
    const same = byValue.get(value);
    if (same) same.push(name);
    else byValue.set(value, [name]);
  }
  for (const [name, value] of Object.entries(before)) {
    const to = Object.hasOwn(after, name) ? undefined : byValue.get(canonicalJson(value))?.pop();
    if (to !== undefined) names.set(name, to);
  }
  return names;
}

/** Names that no language reads as anything else. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z_][\w-]*$/i;

/** The name as the text has names there: in quotes, or plain where YAML allows it. */
function nameText(name: string, first: string | undefined): string {
  return first === '"' || first === "'" || !PLAIN.test(name) ? JSON.stringify(name) : name;
}
