import { ConfigError } from '../index.ts';
import { type Context, EXIT } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import { COMMANDS } from './commands.ts';
import { contextOf } from './context.ts';
import { failureOf } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line, and gives its exit code. What stands behind `--` are the settings' own flags. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).includes('--json');
  let context: Context | undefined;
  try {
    const { command, args, rest, wants } = parseCommandLine(argv);
    if (wants === 'version') return await printVersion(terminal);
    if (wants === 'help') return await printHelp(command, argv, terminal);
    context = contextOf(args, rest, terminal);
    return (await COMMANDS[command ?? '']?.run(context, args)) ?? EXIT.usage;
  } catch (error) {
    const { text, code, answer } = failureOf(await explained(error, context));
    if (text !== '') terminal.stderr.write(`${text}\n`);
    if (json) terminal.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    return code;
  }
}

/** What is thrown for an unknown key tells what was probably meant, where something was. */
async function explained(error: unknown, context: Context | undefined): Promise<unknown> {
  if (!context || !(error instanceof ConfigError) || error.code !== 'UNKNOWN_KEY') return error;
  const { withSuggestion } = await import('./suggestion.ts');
  return withSuggestion(error, (await context.define()).definition);
}

/** Help that was asked for is an answer; help in place of a command that is missing is none. */
async function printHelp(command: string | undefined, argv: readonly string[], terminal: Terminal): Promise<number> {
  const { helpOf } = await import('./help.ts');
  const isAnswer = command !== undefined || argv.some((word) => word === '--help' || word === '-h');
  const output = isAnswer ? terminal.stdout : terminal.stderr;
  output.write(`${await helpOf(command, terminal)}\n`);
  return isAnswer ? EXIT.ok : EXIT.usage;
}

async function printVersion({ stdout }: Terminal): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  stdout.write(`${version}\n`);
  return EXIT.ok;
}
