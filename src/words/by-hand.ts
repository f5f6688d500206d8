import { type Definition, type FileChange, settingText } from '../index.ts';
import { shellWord } from './shell.ts';

/** The command lines by which a person makes changes of the file: those of secrets read standard input. */
export function byHand(program: string, definition: Definition, changes: readonly FileChange[]): readonly string[] {
  return changes.map(({ key, after, redacted }) => {
    if (after === undefined) return `${program} unset ${shellWord(key)}`;
    if (redacted) return `${program} set ${shellWord(key)} --stdin`;
    const text = settingText(definition, key, after);
    if (text !== undefined) return `${program} set ${shellWord(`${key}=${text}`)}`;
    return `${program} set ${shellWord(`${key}=${JSON.stringify(after)}`)} --json-value`;
  });
}
