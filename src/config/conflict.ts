import { ConfigError, type Issue } from '../errors.ts';
import { type JsonNode, toValue } from '../json/parse.ts';
import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Edit, KeyChange } from './file-change.ts';
import { baseOf, isOwnValue } from './save.ts';

/** A setting that two writers changed since it was read. */
export interface Conflict {
  /** The setting. */
  readonly key: Key;
  /** The value when this process read it; `undefined` if there was none. */
  readonly base: unknown;
  /** The value that this process writes; `undefined` removes the key. */
  readonly mine: unknown;
  /** The value in the store now. */
  readonly theirs: unknown;
}

/** How to resolve a conflict: write nothing (`fail`), let one side win, or write the result of a function. */
export type ConflictChoice = 'fail' | 'mine' | 'theirs' | ((conflict: Conflict) => unknown);

/** How to find and resolve conflicts. */
interface ConflictOptions {
  /** The value of a key in the document now. */
  readonly nodeOf: (key: Key) => JsonNode | undefined;
  readonly choose: ConflictChoice;
  readonly isSecret: (key: Key) => boolean;
}

/** The edits to apply to the current document. Throws `CONFLICT` with every key that another writer also changed. */
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
  const values = secret ? '' : `: it is ${shown(theirs)} in the store, and ${shown(mine)} here`;
  return {
    code: 'CONFLICT',
    key,
    message: `was changed by another writer since it was read${values}. Nothing was written`,
    suggestion: 'Reload and set it again, or save with a choice for conflicts: "mine", "theirs" or a function.',
  };
}
