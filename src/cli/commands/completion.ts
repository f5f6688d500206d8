import { readFile } from 'node:fs/promises';
import { didYouMean } from '../../tools.ts';
import { printable } from '../../words/terminal-text.ts';
import { type Context, EXIT } from '../command.ts';
import { type CommandTable, candidatesFor } from '../completion/candidates.ts';
import { UsageError } from '../usage-error.ts';

/** The shell and its request. */
export interface CompletionOptions {
  readonly shell: string | undefined;
  /** The command line up to the cursor; if absent, the script of the shell is printed. */
  readonly line: string | undefined;
}

const SHELLS = ['bash', 'zsh', 'fish'];

/** Prints the completion script of a shell, or the candidates for a line: except in bash, each with a tab and its description. */
export async function completion(
  context: Context,
  { shell, line }: CompletionOptions,
  table: CommandTable,
): Promise<number> {
  if (shell === undefined || !SHELLS.includes(shell)) {
    const problem = shell === undefined ? 'completion needs a shell' : `there is no completion for "${shell}"`;
    const near = shell === undefined ? undefined : didYouMean(shell, SHELLS);
    throw new UsageError(problem, near ?? `Write: varve completion ${SHELLS.join('|')}`);
  }
  if (line === undefined) context.printRaw((await readFile(scriptOf(shell), 'utf8')).trimEnd());
  else {
    for (const { text, describe } of await candidatesFor(line, context, table)) {
      const what = describe === undefined || shell === 'bash' ? '' : `\t${printable(describe.replace(/\s+/g, ' '))}`;
      context.printRaw(`${printable(text)}${what}`);
    }
  }
  return EXIT.ok;
}

/** The script of a shell: a file of the package, beside the sources that it ships with. */
function scriptOf(shell: string): URL {
  return new URL(`../../../src/cli/completion/varve.${shell}`, import.meta.url);
}
