import { editJsonText } from '../json/edit.ts';
import { type JsonMember, type JsonNode, nodeAt, parseJson, toValue } from '../json/parse.ts';
import { applySplices, type Splice } from '../json/splice.ts';
import { type Key, segments } from '../key.ts';
import { deprecatedNames } from '../schema/names.ts';
import type { Schema } from '../schema/setting.ts';

/** A former key that stood in a document. */
export interface Rename {
  readonly from: Key;
  readonly to: Key;
  /** Whether it was left out, because the document has the key of now as well. */
  readonly dropped: boolean;
}

/** A document whose settings stand under their keys of now, and what was changed for that. */
export interface RenamedDocument {
  readonly text: string;
  readonly renames: readonly Rename[];
}

/**
 * Renames the former keys of a JSON document. Within a group only the name is changed, and everything else stays byte
 * for byte; a key that moves to another group is written there anew. Where the key of now stands there too, it counts,
 * and the former one goes. Throws `JsonSyntaxError` if the text is not valid.
 */
export function renamedDocument(
  text: string,
  schema: Schema,
  { comments }: { readonly comments: boolean },
): RenamedDocument {
  const renames: Rename[] = [];
  let changed = text;
  for (const [from, { key: to }] of deprecatedNames(schema).keys) {
    const { root } = parseJson(changed, { comments });
    const member = memberAt(root, segments(from));
    if (!member) continue;
    const dropped = nodeAt(root, segments(to)) !== undefined;
    changed = dropped ? without(changed, from, comments) : withName(changed, { from, to, member, comments });
    renames.push({ from, to, dropped });
  }
  return { text: changed, renames };
}

function without(text: string, key: Key, comments: boolean): string {
  return editJsonText(text, [{ path: segments(key), value: undefined }], { comments });
}

interface Move {
  readonly from: Key;
  readonly to: Key;
  readonly member: JsonMember;
  readonly comments: boolean;
}

function withName(text: string, { from, to, member, comments }: Move): string {
  const [before, after] = [segments(from), segments(to)];
  if (before.slice(0, -1).join('.') !== after.slice(0, -1).join('.')) {
    const added = editJsonText(text, [{ path: after, value: toValue(member.value) }], { comments });
    return without(added, from, comments);
  }
  const { root } = parseJson(text, { comments });
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
  const group = path.length === 1 ? root : nodeAt(root, path.slice(0, -1));
  return group?.kind === 'object' ? group.members.filter(({ name }) => name === path.at(-1)) : [];
}
