import type { FileChange, Issue } from '../index.ts';
import { shownChanges } from '../words/shown-changes.ts';
import { changeText, printableValue } from '../words/values.ts';
import type { Preview } from './draft.ts';

/** A draft with more changes, or a longer diff in characters, does not fit into one question to the user. */
const MOST_QUESTIONED = 200;
const LONGEST_QUESTION = 20_000;

/** Why a draft may not be kept: only what a question shows in full is ever saved. */
export function tooLargeToShow({ changes }: Preview): Issue | undefined {
  const length = linesOf(changes).join('\n').length;
  if (changes.length <= MOST_QUESTIONED && length <= LONGEST_QUESTION) return undefined;
  return {
    code: 'TOO_LARGE',
    message: `the draft has ${changes.length === 1 ? '1 change' : `${changes.length} changes`} and a diff of ${length} characters; the user can confirm at most ${MOST_QUESTIONED} changes and ${LONGEST_QUESTION} characters`,
    suggestion: 'Save in smaller parts, or ask the user to type the change.',
  };
}

/** The diff: one line for each change, nothing shortened. */
export function linesOf(changes: readonly FileChange[]): readonly string[] {
  return shownChanges(changes).map((change) => printableValue(`~ ${change.key}  ${changeText(change)}`));
}
