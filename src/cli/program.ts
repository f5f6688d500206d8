import yargs, { type Argv } from 'yargs';
import { didYouMean, loadConfig } from '../index.ts';
import { type Context, EXIT } from './command.ts';
import { type Arguments, COMMANDS, COMMON_OPTIONS } from './commands.ts';
import { failureOf } from './failure.ts';
import { findDefinition } from './find-definition.ts';
import { painter, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command line, and gives its exit code. What stands behind `--` are the settings' own flags. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const flags = end < 0 ? [] : argv.slice(end + 1);
  let code: number = EXIT.ok;
  try {
    requireKnownCommand(own);
    const parser = commandLine(own, async (args, name) => {
      code = (await COMMANDS[name]?.run(contextOf(args, flags, terminal), args)) ?? EXIT.usage;
    });
    await parser.parseAsync(own, {}, (_error, _args, output) => {
      if (output) terminal.stdout.write(`${output}\n`);
    });
  } catch (error) {
    const failure = failureOf(error);
    terminal.stderr.write(`${failure.text}\n`);
    return failure.code;
  }
  return code;
}

function commandLine(own: readonly string[], run: (args: Arguments, name: string) => Promise<void>): Argv {
  let parser = yargs()
    .scriptName('varve')
    .usage('$0 <command>\n\nWhere does this value come from? Settings in layers, each value with its origin.')
    .locale('en')
    .options(COMMON_OPTIONS)
    .parserConfiguration({ 'parse-numbers': false, 'parse-positional-numbers': false, 'camel-case-expansion': false })
    .epilogue("The settings' own flags stand behind --:  varve list -- --trust-threshold 0.9")
    .demandCommand(1, 'Which command?')
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error && error.name !== 'YError' ? error : usageError(message ?? error.message, own);
    });
  for (const [name, { usage, describe, options }] of Object.entries(COMMANDS)) {
    parser = parser.command(
      usage,
      describe,
      (command) => command.options(options),
      (args) => run(args, name),
    );
  }
  return parser;
}

function requireKnownCommand([first]: readonly string[]): void {
  if (first === undefined || first.startsWith('-') || first in COMMANDS) return;
  throw new UsageError(`unknown command "${first}"`, didYouMean(first, Object.keys(COMMANDS)) ?? 'See: varve --help');
}

function usageError(message: string, argv: readonly string[]): UsageError {
  const [command = ''] = argv;
  const help = `See: varve ${command in COMMANDS ? `${command} ` : ''}--help`;
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  const typed = argv.find(
    (argument) => argument === `--${unknown}` || argument.startsWith(`--${unknown}=`) || argument === `-${unknown}`,
  );
  if (unknown !== undefined && typed === undefined) return new UsageError(`"${unknown}" is one word too many`, help);
  if (typed !== undefined) return unknownOption(typed.replace(/=.*/s, ''), command);
  const missing = /^Not enough (?:non-option )?arguments(?: following: (.+))?/.exec(message);
  if (!missing) return new UsageError(message.charAt(0).toLowerCase() + message.slice(1), help);
  return new UsageError(
    missing[1] === undefined ? `write: varve ${COMMANDS[command]?.usage}` : `--${missing[1]} needs a value`,
    help,
  );
}

function unknownOption(typed: string, command: string): UsageError {
  const names = [...Object.keys(COMMON_OPTIONS), ...Object.keys(COMMANDS[command]?.options ?? {})].map(
    (name) => `--${name}`,
  );
  const remedy = didYouMean(typed, names) ?? "A setting's own flag stands behind --:  varve list -- --name value";
  return new UsageError(`unknown option ${typed}`, remedy);
}

function contextOf(args: Arguments, flags: readonly string[], terminal: Terminal): Context {
  const { definition: path, file, json, color, input } = args;
  return {
    terminal,
    paint: painter(color as boolean | undefined, terminal),
    json: json === true,
    noInput: input === false,
    load: async (options = {}) => {
      const { definition, root } = await findDefinition(path as string | undefined, terminal.cwd);
      const inputs = { argv: flags, env: terminal.env, cwd: root, ...(file !== undefined && { file: String(file) }) };
      return await loadConfig({ ...definition, strictFlags: true }, { ...inputs, ...options });
    },
    print: (text) => terminal.stdout.write(`${text}\n`),
    note: (text) => terminal.stderr.write(`${text}\n`),
  };
}
