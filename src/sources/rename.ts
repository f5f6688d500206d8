import { type FileFormat, readOnlyFormat } from '../formats/file-format.ts';
import { applySplices, type JsonEdit } from '../json/edit.ts';
import type { JsonMember, JsonNode, ObjectNode, Splice } from '../json/node.ts';
import { nodeAt, toValue } from '../json/tree.ts';
import { type Key, segments } from '../key.ts';
import type { Schema } from '../schema/schema.ts';

/** A deprecated key in a document, and its new key. */
export interface Rename {
  /** The deprecated key. */
  readonly from: Key;
  /** The current key. */
  readonly to: Key;
  /** Whether it was removed instead, because the document also has the new key. */
  readonly dropped: boolean;
}

/** A document without deprecated keys, and the renames that were made. */
export interface RenamedDocument {
  readonly text: string;
  readonly renames: readonly Rename[];
}

/**
 * Renames the deprecated keys of a document. Within a group, only the name changes, and every other byte stays. A key
 * that moves to another group is written again there. If the document also has the new key, the deprecated one is
 * removed. Throws `JsonSyntaxError` if the text is not valid.
 */
export function renamedDocument(text: string, schema: Schema, format: FileFormat): RenamedDocument {
  const { root } = format.parse(text);
  const members = new MembersByName();
  const renames: Rename[] = [];
  const splices: Splice[] = [];
  const edits: JsonEdit[] = [];
  const taken = new Set<Key>();
  const starts = new Set<number>();
  for (const [from, { key: to }] of schema.deprecated.keys) {
    const [before, after] = [segments(from), segments(to)];
    const found = members.at(root, before);
    // The member that counts: the last of its name.
    const member = found.at(-1);
    // A name behind an alias of YAML may be renamed already, and a value other than an object has no place for the new one.
    if (!member || starts.has(member.nameStart) || !hasPlaceFor(root, after)) continue;
    const dropped = taken.has(to) || nodeAt(root, after) !== undefined;
    if (!dropped && groupOf(from) === groupOf(to)) {
      const name = JSON.stringify(after.at(-1));
      for (const { nameStart } of found) starts.add(nameStart);
      splices.push(...found.map(({ nameStart, nameEnd }) => ({ start: nameStart, end: nameEnd, text: name })));
    } else {
      if (!dropped) edits.push({ path: after, value: toValue(member.value) });
      edits.push({ path: before, value: undefined });
    }
    taken.add(to);
    renames.push({ from, to, dropped });
  }
  if (renames.length === 0) return { text, renames };
  const { edit } = format;
  if (!edit) throw readOnlyFormat(format, 'the document');
  splices.sort((a, b) => a.start - b.start);
  const named = applySplices(text, splices);
  return { text: edit(named, edits, format.tree(named)).text, renames };
}

/** Whether all that the document has on the way to a path are objects. */
function hasPlaceFor(root: JsonNode | undefined, path: readonly string[]): boolean {
  const groups = path.slice(0, -1).map((_, i) => nodeAt(root, path.slice(0, i + 1)));
  return groups.every((group) => group === undefined || group.kind === 'object');
}

/** The key of the group that a key is in. */
function groupOf(key: Key): Key {
  return key.slice(0, Math.max(0, key.lastIndexOf('.')));
}

/** Finds the members of a document; each object is read once. */
class MembersByName {
  readonly #members = new Map<JsonNode, ReadonlyMap<string, readonly JsonMember[]>>();

  /** All members of that name. */
  at(root: JsonNode | undefined, path: readonly string[]): readonly JsonMember[] {
    const group = nodeAt(root, path.slice(0, -1));
    if (group?.kind !== 'object') return [];
    const known = this.#members.get(group) ?? byName(group);
    this.#members.set(group, known);
    return known.get(path.at(-1) ?? '') ?? [];
  }
}

function byName({ members }: ObjectNode): ReadonlyMap<string, readonly JsonMember[]> {
  const named = new Map<string, JsonMember[]>();
  for (const member of members) {
    const same = named.get(member.name);
    if (same) same.push(member);
    else named.set(member.name, [member]);
  }
  return named;
}
