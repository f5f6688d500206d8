import { ConfigError, type Issue } from '../errors.ts';
import { type JsonNode, toValue } from '../json/parse.ts';
import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Edit } from './file-layer.ts';

/** A setting that two writers changed since it was read. */
export interface Conflict {
  readonly key: Key;
  /** What stood there when it was read; `undefined` where nothing did. */
  readonly base: unknown;
  /** What this process wants to write; `undefined` removes the key. */
  readonly mine: unknown;
  /** What stands there now. */
  readonly theirs: unknown;
}

/** What becomes of a conflict: nothing is written (`fail`), one side wins, or a function says what is to stand there. */
export type ConflictChoice = 'fail' | 'mine' | 'theirs' | ((conflict: Conflict) => unknown);

/** The edits as they are to be written over what stands in the document now. Throws `CONFLICT` with every one of them. */
export function settled(
  edits: Iterable<Edit>,
  nodeOf: (key: Key) => JsonNode | undefined,
  choose: ConflictChoice,
  secret: (key: Key) => boolean,
): readonly Edit[] {
  const conflicts: Conflict[] = [];
  const result: Edit[] = [];
  for (const edit of edits) {
    const node = nodeOf(edit.key);
    const conflict: Conflict = { key: edit.key, base: edit.base, mine: edit.written, theirs: node && toValue(node) };
    const { theirs } = conflict;
    if (isEqual(theirs, edit.base) || isEqual(theirs, edit.written) || choose === 'mine') result.push(edit);
    else if (choose === 'fail') conflicts.push(conflict);
    else if (choose !== 'theirs') result.push({ ...edit, written: choose(conflict) });
  }
  const [first, ...rest] = conflicts.map((conflict) => conflictIssue(conflict, secret(conflict.key)));
  if (first) throw new ConfigError([first, ...rest]);
  return result;
}

function conflictIssue({ key, mine, theirs }: Conflict, secret: boolean): Issue {
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  const values = secret ? '' : `: it is ${shown(theirs)} there now, and ${shown(mine)} here`;
  return {
    code: 'CONFLICT',
    key,
    message: `was changed by another writer since it was read${values}. Nothing was written`,
    suggestion: 'Reload and set it again, or save with a choice for conflicts: "mine", "theirs" or a function.',
  };
}
