import { readFileSync } from 'node:fs';
import { ConfigError } from '../index.ts';
import { printableJson, printableText, withShortLines } from '../words/terminal-text.ts';
import { wrapMessage } from '../words/wrap.ts';
import { type Context, EXIT, type FoundDefinition } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import type { Commands } from './command-spec.ts';
import { createContext } from './context.ts';
import type { DefinitionSearch } from './find-definition.ts';
import { READING } from './specs/reading.ts';
import { type Terminal, widthOf } from './terminal.ts';

/** Runs one command line and returns its exit code. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).includes('--json');
  let context: Context | undefined;
  try {
    const commands = await commandsFor(argv);
    const { command, args, rest, wants } = parseCommandLine(argv, commands);
    if (wants === 'version') return printVersion(terminal);
    if (wants === 'help') return await printHelp(command, argv, terminal);
    // A shell asks for completions by itself: it must not be the first to run a definition.
    const onlyKnown = command === 'completion';
    const defineAt = (path: string | undefined) => define({ path, terminal, onlyKnown });
    context = createContext({ args, rest, terminal, define: defineAt, strictFlags: true });
    return (await commands[command ?? '']?.run(context, args)) ?? EXIT.usage;
  } catch (error) {
    const { failureOf } = await import('./failure.ts');
    const { text, code, answer } = failureOf(await withNearestKey(error, context));
    const printed = printableText(withShortLines(text));
    const shown = code === EXIT.usage ? wrapMessage(printed, widthOf(terminal.stderr)) : printed;
    if (text !== '') terminal.stderr.write(`${shown}\n`);
    if (json) terminal.stdout.write(`${printableJson(JSON.stringify(answer, shortTexts, 2))}\n`);
    return code;
  }
}

/** For `JSON.stringify`. */
function shortTexts(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? withShortLines(value) : value;
}

/** The commands that read are enough for their own lines, as a script reads many values. */
async function commandsFor([first = '']: readonly string[]): Promise<Commands> {
  return Object.hasOwn(READING, first) ? READING : (await import('./commands.ts')).COMMANDS;
}

async function define(search: DefinitionSearch): Promise<FoundDefinition> {
  return (await import('./find-definition.ts')).findDefinition(search);
}

/** Adds the nearest name to the error of an unknown key. */
async function withNearestKey(error: unknown, context: Context | undefined): Promise<unknown> {
  if (!context || !(error instanceof ConfigError) || error.code !== 'UNKNOWN_KEY') return error;
  const { withSuggestion } = await import('./suggestion.ts');
  return withSuggestion(error, (await context.define()).definition);
}

/** Help is the answer to `--help` and to `help`; without a command it is an error message. */
async function printHelp(command: string | undefined, argv: readonly string[], terminal: Terminal): Promise<number> {
  const { helpOf } = await import('./help.ts');
  const isAnswer =
    command !== undefined || argv.some((word, i) => word === '--help' || word === '-h' || (i === 0 && word === 'help'));
  const output = isAnswer ? terminal.stdout : terminal.stderr;
  output.write(`${await helpOf(command, terminal)}\n`);
  return isAnswer ? EXIT.ok : EXIT.usage;
}

function printVersion({ stdout }: Terminal): number {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  stdout.write(`${version}\n`);
  return EXIT.ok;
}
