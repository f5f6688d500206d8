import type { Argv, CommandModule, Options } from 'yargs';
import { type Definition, describeSettings, didYouMean, loadConfig } from '../../index.ts';
import type { Context } from '../command.ts';
import { parseCommandLine } from '../command-line.ts';
import type { Arguments, CommandSpec } from '../command-spec.ts';
import { COMMANDS } from '../commands.ts';
import { failureOf } from '../failure.ts';
import { painter, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** What the commands read and write; the process unless told. */
export interface ConfigCommandOptions {
  /** What follows the name of the program; `process.argv.slice(2)` unless told. */
  readonly argv?: readonly string[];
  /** What the command is called; `config` unless told. */
  readonly name?: string;
  readonly terminal?: Terminal;
}

const NAMES = ['list', 'get', 'set', 'unset', 'explain', 'reset', 'validate'] as const;

/** The options that each of the commands takes. */
const COMMON: Readonly<Record<string, Options>> = {
  json: { type: 'boolean', describe: 'Answer in JSON' },
  color: { type: 'boolean', describe: 'Use colour, or not (--no-color)' },
  input: { type: 'boolean', describe: 'Ask, or not (--no-input)' },
};

/**
 * The command `config list|get|set|unset|explain|reset|validate` for a yargs program: what `varve` answers, for the
 * program's own definition. The settings' flags are those before `config` and those behind `--`. The exit code of the
 * process is that of the answer.
 */
export function configCommand(definition: Definition, options: ConfigCommandOptions = {}): CommandModule {
  const { name = 'config', argv = process.argv.slice(2), terminal = processTerminal() } = options;
  const answer = async (program: string): Promise<void> => {
    const code = await runConfigCommand(wordsBehind(name, argv), {
      definition,
      terminal,
      program: `${program} ${name}`,
    });
    process.exitCode = code;
  };
  return {
    command: name,
    describe: 'The settings: what they are, where they come from, and how to change them',
    builder: (program) => {
      const isCompletion = argv.includes('--get-yargs-completions');
      const keys = isCompletion ? describeSettings(definition).map(({ key }) => key) : undefined;
      return NAMES.reduce(
        (commands, one) => withCommand(commands, COMMANDS[one] as CommandSpec, { keys, answer }),
        lenient(program),
      );
    },
    handler: ({ $0 }) => answer($0),
  };
}

/** Unknown words are refused by ourselves, with the nearest name. */
function lenient(program: Argv): Argv {
  return program.strict(false).strictOptions(false).strictCommands(false);
}

interface CommandMount {
  /** What is offered as keys, where that is asked for. */
  readonly keys: readonly string[] | undefined;
  readonly answer: (program: string) => Promise<void>;
}

/** The words are taken apart once more by ourselves: yargs changes quotes and what looks like a number. */
function withCommand(program: Argv, { usage, describe, options }: CommandSpec, { keys, answer }: CommandMount): Argv {
  const [, place] = /[<[](\w+)(?:\.\.)?[\]>]/.exec(usage) ?? [];
  return program.command(
    usage,
    describe,
    (command) => {
      const known = lenient(command).options({ ...options, ...COMMON });
      return place === undefined || keys === undefined
        ? known
        : known.positional(place, { type: 'string', choices: keys });
    },
    ({ $0 }) => answer($0),
  );
}

/** The arguments around the word that names the command. */
interface ConfigWords {
  readonly own: readonly string[];
  /** The settings' own flags. */
  readonly flags: readonly string[];
  /** Whether all of those stand behind `--`, where the program itself has none. */
  readonly strict: boolean;
}

function wordsBehind(name: string, argv: readonly string[]): ConfigWords {
  const at = argv.findIndex((word, i) => word === name && (NAMES as readonly string[]).includes(argv[i + 1] ?? ''));
  const start = at < 0 ? argv.indexOf(name) : at;
  const end = argv.indexOf('--', start);
  const rest = end < 0 ? [] : argv.slice(end + 1);
  return {
    own: argv.slice(start + 1, end < 0 ? undefined : end),
    flags: [...argv.slice(0, start), ...rest],
    strict: start === 0,
  };
}

interface ConfigRequest {
  readonly definition: Definition;
  readonly terminal: Terminal;
  /** What a person typed before the command: `myapp config`. */
  readonly program: string;
}

async function runConfigCommand(words: ConfigWords, { definition, terminal, program }: ConfigRequest): Promise<number> {
  const { own } = words;
  try {
    const [first = ''] = own;
    if (!(NAMES as readonly string[]).includes(first)) throw unknownCommand(first);
    const { args } = parseCommandLine(own);
    return (await COMMANDS[first]?.run(contextOf(args, words, { definition, terminal }), args)) ?? 0;
  } catch (error) {
    const { code, text, answer } = failureOf(error);
    if (own.includes('--json')) terminal.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    else if (text !== '') terminal.stderr.write(`${text.replace(/\bvarve(?=: | (?:--?\w|[a-z]+\b))/g, program)}\n`);
    return code;
  }
}

function unknownCommand(name: string): UsageError {
  if (name === '' || name.startsWith('-')) return new UsageError('which command?', `They are ${NAMES.join(', ')}.`);
  return new UsageError(`unknown command "${name}"`, didYouMean(name, NAMES));
}

function contextOf(
  args: Arguments,
  { flags, strict }: ConfigWords,
  { definition, terminal }: Omit<ConfigRequest, 'program'>,
): Context {
  const asked = typeof args['color'] === 'boolean' ? args['color'] : undefined;
  const inputs = { argv: flags, env: terminal.env, cwd: terminal.cwd, onWarning: false as const };
  return {
    terminal,
    paint: painter(asked, terminal.env, terminal.stdout),
    paintNote: painter(asked, terminal.env, terminal.stderr),
    json: args['json'] === true,
    noInput: args['input'] === false,
    definition: undefined,
    file: undefined,
    rest: flags,
    define: async () => ({ definition, root: terminal.cwd }),
    load: (options = {}) =>
      loadConfig(strict ? { ...definition, strictFlags: true } : definition, { ...inputs, ...options }),
    print: (text) => terminal.stdout.write(`${text}\n`),
    note: (text) => terminal.stderr.write(`${text}\n`),
  };
}

function processTerminal(): Terminal {
  const { env, stdout, stderr, stdin } = process;
  return { env, cwd: process.cwd(), stdout, stderr, stdin };
}
