import { type FileFormat, readOnlyFormat } from '../formats/file-format.ts';
import { applySplices } from '../json/edit.ts';
import type { JsonMember, JsonNode, Splice } from '../json/node.ts';
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
  const renames: Rename[] = [];
  let changed = text;
  for (const [from, { key: to }] of schema.deprecated.keys) {
    const { root } = format.parse(changed);
    const member = memberAt(root, segments(from));
    if (!member) continue;
    const { edit } = format;
    if (!edit) throw readOnlyFormat(format, 'the document');
    const edited: EditText = (before, key, value) =>
      edit(before, [{ path: segments(key), value }], format.tree(before)).text;
    const dropped = nodeAt(root, segments(to)) !== undefined;
    changed = dropped ? edited(changed, from, undefined) : withName(changed, { from, to, member, format, edited });
    renames.push({ from, to, dropped });
  }
  return { text: changed, renames };
}

/** Gives a key of a text another value; `undefined` removes the key. */
type EditText = (text: string, key: Key, value: unknown) => string;

interface Move {
  readonly from: Key;
  readonly to: Key;
  readonly member: JsonMember;
  readonly format: FileFormat;
  readonly edited: EditText;
}

function withName(text: string, { from, to, member, format, edited }: Move): string {
  const [before, after] = [segments(from), segments(to)];
  if (before.slice(0, -1).join('.') !== after.slice(0, -1).join('.'))
    return edited(edited(text, to, toValue(member.value)), from, undefined);
  const { root } = format.parse(text);
  const name = JSON.stringify(after.at(-1));
  const splices = membersAt(root, before).map(
    ({ nameStart, nameEnd }): Splice => ({ start: nameStart, end: nameEnd, text: name }),
  );
  return applySplices(text, splices);
}

/** The member that counts: the last of its name. */
function memberAt(root: JsonNode | undefined, path: readonly string[]): JsonMember | undefined {
  return membersAt(root, path).at(-1);
}

function membersAt(root: JsonNode | undefined, path: readonly string[]): readonly JsonMember[] {
  const group = nodeAt(root, path.slice(0, -1));
  return group?.kind === 'object' ? group.members.filter(({ name }) => name === path.at(-1)) : [];
}
