import { ConfigError, type Issue } from '../errors.ts';
import { type JsonNode, toValue } from '../json/parse.ts';
import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Edit, KeyChange } from './file-change.ts';
import { baseOf, isOwnValue } from './save.ts';

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

/** What a conflict is settled by. */
interface ConflictOptions {
  /** The value of a key in the document now. */
  readonly nodeOf: (key: Key) => JsonNode | undefined;
  readonly choose: ConflictChoice;
  readonly isSecret: (key: Key) => boolean;
}

/** The edits to apply to the document as it is now. Throws `CONFLICT` with every key that another writer changed too. */
export function resolveConflicts(
  edits: Iterable<Edit>,
  { nodeOf, choose, isSecret }: ConflictOptions,
): readonly KeyChange[] {
  const conflicts: Conflict[] = [];
  const resolved: KeyChange[] = [];
  for (const edit of edits) {
    const { key, written } = edit;
    const node = nodeOf(key);
    const theirs = node && toValue(node);
    if (choose === 'mine' || isOwnValue(edit, theirs) || isEqual(theirs, written)) resolved.push(edit);
    else if (choose !== 'theirs') {
      const conflict = { key, base: baseOf(edit), mine: written, theirs };
      if (choose === 'fail') conflicts.push(conflict);
      else resolved.push({ ...edit, written: choose(conflict) });
    }
  }
  const [first, ...rest] = conflicts.map((conflict) => conflictIssue(conflict, isSecret(conflict.key)));
  if (first) throw new ConfigError([first, ...rest]);
  return resolved;
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
