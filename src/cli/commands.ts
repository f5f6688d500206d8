import type { Options } from 'yargs';
import type { Context } from './command.ts';

/** The parsed arguments of a command. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One command of the command line. */
export interface CommandSpec {
  /** Its name and its words as yargs writes them: `get <key>`. */
  readonly usage: string;
  readonly describe: string;
  readonly options: Readonly<Record<string, Options>>;
  /** Loads what it needs when it runs, and nothing before. */
  readonly run: (context: Context, args: Arguments) => Promise<number>;
}

const text = (args: Arguments, name: string): string => String(args[name]);
const optionalText = (args: Arguments, name: string): string | undefined =>
  args[name] === undefined ? undefined : text(args, name);

/** The commands by name, in the order of the help. */
export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
  list: {
    usage: 'list',
    describe: 'All settings, and where each value comes from',
    options: {
      modified: { type: 'boolean', default: false, describe: 'Only settings that are not at their default' },
      from: { type: 'string', requiresArg: true, describe: 'Only settings that this layer gives' },
      prefix: { type: 'string', requiresArg: true, describe: 'Only settings of this group' },
    },
    run: async (context, args) => {
      const { list } = await import('./commands/list.ts');
      const options = { modified: args['modified'] === true, from: optionalText(args, 'from') };
      return list(context, { ...options, prefix: optionalText(args, 'prefix') });
    },
  },
  get: {
    usage: 'get <key>',
    describe: 'One value, for scripts',
    options: {},
    run: async (context, args) => (await import('./commands/get.ts')).get(context, text(args, 'key')),
  },
  set: {
    usage: 'set <key> [value]',
    describe: 'Write one value into the file',
    options: { stdin: { type: 'boolean', default: false, describe: 'Read the value from standard input' } },
    run: async (context, args) => {
      const { set, setFromStdin } = await import('./commands/set.ts');
      if (args['stdin'] === true) return setFromStdin(context, text(args, 'key'));
      return set(context, text(args, 'key'), optionalText(args, 'value'));
    },
  },
  unset: {
    usage: 'unset <key>',
    describe: 'Remove one key from the file',
    options: {},
    run: async (context, args) => (await import('./commands/set.ts')).unset(context, text(args, 'key')),
  },
  explain: {
    usage: 'explain <key>',
    describe: 'Where a value comes from, and what else was said of it',
    options: {},
    run: async (context, args) => (await import('./commands/explain.ts')).explain(context, text(args, 'key')),
  },
  reset: {
    usage: 'reset [key]',
    describe: 'Put one setting of the file back to its default, or all of them',
    options: {
      all: { type: 'boolean', default: false, describe: 'All settings; a file that cannot be read is kept beside' },
      yes: { type: 'boolean', default: false, alias: 'y', describe: 'Do not ask' },
    },
    run: async (context, args) => {
      const { reset } = await import('./commands/reset.ts');
      return reset(context, { key: optionalText(args, 'key'), all: args['all'] === true, yes: args['yes'] === true });
    },
  },
  validate: {
    usage: 'validate',
    describe: 'Check every layer, and tell every problem',
    options: {},
    run: async (context) => (await import('./commands/validate.ts')).validate(context),
  },
};

/** The options that every command takes. */
export const COMMON_OPTIONS: Readonly<Record<string, Options>> = {
  definition: { type: 'string', requiresArg: true, describe: 'The definition, instead of the nearest varve.config.*' },
  file: { type: 'string', requiresArg: true, describe: "The file to read and write, instead of the definition's" },
  json: { type: 'boolean', default: false, describe: 'Answer in JSON' },
  color: { type: 'boolean', describe: 'Use colour, or not (--no-color)' },
  input: { type: 'boolean', default: true, describe: 'Ask, or not (--no-input)' },
};
