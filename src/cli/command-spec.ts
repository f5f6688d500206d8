import type { Options } from 'yargs';
import type { Context } from './command.ts';

/** The parsed arguments of a command. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One option of a command, in the shape that yargs takes for its help. A string without `requiresArg` may stand alone. */
export type CommandOption = Pick<
  Options,
  'type' | 'alias' | 'array' | 'choices' | 'default' | 'describe' | 'hidden' | 'requiresArg'
>;

/** Options by their names, without dashes. */
export type CommandOptions = Readonly<Record<string, CommandOption>>;

/** One command of the command line. */
export interface CommandSpec {
  /** Its name and its words as yargs writes them: `get <key>`. */
  readonly usage: string;
  readonly describe: string;
  readonly options: CommandOptions;
  /** Whether the words after `--` are a command to run. */
  readonly takesCommand?: true;
  /** Whether flags of settings may come before `--`: they arrive as `settings`, from the flag's name to its texts. */
  readonly takesSettings?: true;
  /** Command lines with what they do, for the help. */
  readonly examples?: readonly (readonly [line: string, what: string])[];
  /** The last paragraph of the help, in place of how settings' flags are given. */
  readonly notes?: string;
  /** Loads the modules that it needs when it runs. */
  readonly run: (context: Context, args: Arguments) => Promise<number>;
}

/** Commands by name, in the order of the help. */
export type Commands = Readonly<Record<string, CommandSpec>>;
