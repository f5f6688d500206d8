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
  /** Whether a command to be run stands behind `--`. */
  readonly takesCommand?: true;
  /** Whether flags of settings stand before `--`: they come as `settings`, from the flag's name to its texts. */
  readonly takesSettings?: true;
  /** Command lines with what they do, for the help. */
  readonly examples?: readonly (readonly [line: string, what: string])[];
  /** What the help says at its end, in place of how settings' flags are given. */
  readonly notes?: string;
  /** Loads what it needs when it runs, and nothing before. */
  readonly run: (context: Context, args: Arguments) => Promise<number>;
}
