import type { Config, Definition, LoadOptions } from '../index.ts';
import { jsonMember } from '../words/raw-text.ts';
import { printable, printableJson } from '../words/terminal-text.ts';
import { wrap } from '../words/wrap.ts';
import { type Paint, type Terminal, widthOf } from './terminal.ts';

export { EXIT } from './exit.ts';

/** A definition with the folder that its relative paths start from. */
export interface FoundDefinition {
  readonly definition: Definition;
  readonly root: string;
  /** The file of the definition; absent if a program passed it. */
  readonly path?: string;
}

/** How a command loads the configuration. */
export interface ContextLoadOptions
  extends Pick<LoadOptions, 'invalid' | 'argv' | 'env' | 'file' | 'profile' | 'resume' | 'allowIdentityChange'>,
    Pick<Definition, 'create' | 'layers'> {
  /** `return`: the command shows the warnings itself. */
  readonly warnings?: 'return';
}

/** What every command is given. */
export interface Context {
  readonly terminal: Terminal;
  /** Paints text for stdout. */
  readonly paint: Paint;
  /** Paints text for stderr. */
  readonly paintNote: Paint;
  /** Whether the answer has to be JSON. */
  readonly json: boolean;
  /** Whether the command must not ask. */
  readonly noInput: boolean;
  /** The definition's path, if the command line names one. */
  readonly definition: string | undefined;
  /** The file that the command line names in place of the definition's. */
  readonly file: string | undefined;
  /** The profile and the overlays of the command line. */
  readonly chosen: Pick<LoadOptions, 'profile' | 'overlays'>;
  /** The words after `--`: flags of settings, or the command of `varve run`. */
  readonly rest: readonly string[];
  /** Finds the definition. */
  define(): Promise<FoundDefinition>;
  /** Loads the configuration, and writes each of its warnings to stderr once. */
  load(options?: ContextLoadOptions): Promise<Config>;
  /** Writes lines of the answer to stdout; control characters become escapes. */
  print(text: string): void;
  /** Writes an answer for a program to stdout, byte for byte unless stdout is a terminal. */
  printRaw(text: string): void;
  /** Writes lines beside the answer to stderr; control characters become escapes. */
  note(text: string): void;
}

/** Writes an answer as JSON; every answer begins with the version of its shape. */
export function printJson(context: Context, answer: object): void {
  context.print(printableJson(JSON.stringify({ schemaVersion: 1, ...answer }, jsonMember, 2)));
}

/** Writes a note that ends in a list of names, on lines that fit the terminal; nothing if there are none. */
export function noteNames({ note, terminal }: Context, text: string, names: readonly string[]): void {
  if (names.length === 0) return;
  const all = `${text}: ${names.map(printable).join(', ')}`;
  note(wrap(all, widthOf(terminal.stderr) - 2).join('\n  '));
}

/** Writes a warning to stderr. */
export function warn({ note, paintNote }: Pick<Context, 'note' | 'paintNote'>, text: string): void {
  note(`${paintNote('yellow', 'warning')}: ${text}`);
}
