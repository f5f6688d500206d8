import type { Definition, FileChange } from '../index.ts';
import { describeMember, describeSetting, settingText } from '../tools.ts';
import { shellWord } from './shell.ts';

/** A longer line is too long to type or copy. */
const LONGEST = 1_000;

/** The command lines by which a person makes changes of the file: those of secrets, and of long values, read standard input. */
export function byHand(program: string, definition: Definition, changes: readonly FileChange[]): readonly string[] {
  return changes.map(({ key, after, redacted }) => {
    if (after === undefined) return `${program} unset ${shellWord(key)}`;
    if (redacted) return stdinCommand(program, definition, key);
    const text = settingText(definition, key, after);
    const [word, option] =
      text === undefined ? [`${key}=${JSON.stringify(after)}`, ' --json-value'] : [`${key}=${text}`, ''];
    if (word.length > LONGEST) return `${program} set ${shellWord(key)} --stdin${option}`;
    return `${program} set ${shellWord(word)}${option}`;
  });
}

/** The command line that reads the value of a key from standard input: for a whole member of a group by name, as JSON. */
export function stdinCommand(program: string, definition: Definition, key: string): string {
  const isMember = !describeSetting(definition, key) && describeMember(definition, key).length > 0;
  return `${program} set ${shellWord(key)} --stdin${isMember ? ' --json-value' : ''}`;
}
