import type { Argv, CommandModule } from 'yargs';
import type { Definition } from '../../index.ts';
import { describeSettings, didYouMean } from '../../tools.ts';
import { printableJson, printableText } from '../../words/terminal-text.ts';
import { parseCommandLine } from '../command-line.ts';
import type { CommandOptions, CommandSpec } from '../command-spec.ts';
import { COMMANDS } from '../commands.ts';
import { createContext } from '../context.ts';
import { failureOf } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** The options of {@link configCommand}. */
export interface ConfigCommandOptions {
  /** The arguments after the program's name; `process.argv.slice(2)` by default. */
  readonly argv?: readonly string[];
  /** The command's name; `config` by default. */
  readonly name?: string;
  /** Streams, environment and folder; those of the process by default. */
  readonly terminal?: Terminal;
}

const NAMES = ['list', 'get', 'set', 'unset', 'explain', 'reset', 'validate'] as const;

/** The options that each of the commands takes. */
const COMMON: CommandOptions = {
  json: { type: 'boolean', describe: 'Answer in JSON' },
  color: { type: 'boolean', describe: 'Use colour, or not (--no-color)' },
  input: { type: 'boolean', describe: 'Ask, or not (--no-input)' },
};

/**
 * The command `config list|get|set|unset|explain|reset|validate` for a yargs program: the same answers as from `varve`,
 * for the program's own definition. Flags of settings come before `config` or after `--`. The process exits with the code
 * of the answer.
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
  /** Whether all of those come after `--`, where the program itself has none. */
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
    const { args } = parseCommandLine(own, COMMANDS);
    const context = createContext({
      args,
      rest: words.flags,
      terminal,
      define: async () => ({ definition, root: terminal.cwd }),
      strictFlags: words.strict,
    });
    return (await COMMANDS[first]?.run(context, args)) ?? 0;
  } catch (error) {
    const { code, text, answer } = failureOf(error);
    if (own.includes('--json')) terminal.stdout.write(`${printableJson(JSON.stringify(answer, null, 2))}\n`);
    else if (text !== '') terminal.stderr.write(`${printableText(named(text, program))}\n`);
    return code;
  }
}

/** An error of the command line, with the program's own name in the commands that it shows. */
function named(text: string, program: string): string {
  return text.replace(/\bvarve(?=: | (?:--?\w|[a-z]+\b))/g, program);
}

function unknownCommand(name: string): UsageError {
  if (name === '' || name.startsWith('-')) return new UsageError('which command?', `They are ${NAMES.join(', ')}.`);
  return new UsageError(`unknown command "${name}"`, didYouMean(name, NAMES));
}

function processTerminal(): Terminal {
  const { env, stdout, stderr, stdin } = process;
  return { env, cwd: process.cwd(), stdout, stderr, stdin };
}
