import { UsageError } from './usage-error.ts';

/** Refuses words where `run` and `sweep` take none: the command without its dashes, or, before a command, a setting or a value. */
export function misplacedWords(name: string, words: readonly string[], command: readonly string[]): UsageError {
  const [first = ''] = words;
  if (command.length === 0) {
    return new UsageError('the command to run comes after --', `Write: varve ${name} -- ${words.join(' ')}`);
  }
  return new UsageError(`unexpected argument "${first}"`, remedy(name, first));
}

function remedy(name: string, word: string): string {
  if (/^[\w.-]+=/.test(word)) return `If it is a setting:  varve ${name} --set ${word} -- COMMAND`;
  return name === 'sweep' ? 'The values of a setting are one word: --lr 0.1,0.2' : `See: varve ${name} --help`;
}
