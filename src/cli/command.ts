import type { Config, Definition, LoadOptions } from '../index.ts';
import { jsonMember } from '../words/values.ts';
import type { Paint, Terminal } from './terminal.ts';

/** How a command ended; `docs/cli.md` lists what each means. */
export const EXIT = {
  ok: 0,
  no: 1,
  usage: 2,
  invalid: 3,
  refused: 4,
  io: 5,
  bug: 70,
  notExecutable: 126,
  notFound: 127,
  interrupted: 130,
} as const;

/** A definition with the folder that its relative paths start from. */
export interface FoundDefinition {
  readonly definition: Definition;
  readonly root: string;
  /** Its file, where it was found in one. */
  readonly path?: string;
}

/** What every command is given. */
export interface Context {
  readonly terminal: Terminal;
  /** Paints what is written to stdout. */
  readonly paint: Paint;
  /** Paints what is written to stderr. */
  readonly paintNote: Paint;
  /** Whether the answer is to be JSON. */
  readonly json: boolean;
  /** Whether nobody may be asked. */
  readonly noInput: boolean;
  /** The path of the definition that the command line names, where it names one. */
  readonly definition: string | undefined;
  /** The file that the command line names in place of the definition's. */
  readonly file: string | undefined;
  /** The words behind `--`: flags of settings, or the command of `varve run`. */
  readonly rest: readonly string[];
  /** The definition that the command line names. */
  define(): Promise<FoundDefinition>;
  /** Loads the configuration that the command line names, from its own layers or from others. */
  load(options?: Pick<LoadOptions, 'invalid' | 'argv'> & Pick<Definition, 'layers'>): Promise<Config>;
  /** Writes a line of the answer. */
  print(text: string): void;
  /** Writes a line beside the answer. */
  note(text: string): void;
}

/** Writes an answer as JSON; every answer begins with the version of its shape. */
export function printJson(context: Context, answer: object): void {
  context.print(JSON.stringify({ schemaVersion: 1, ...answer }, jsonMember, 2));
}
