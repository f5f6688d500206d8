import type { Config, LoadOptions } from '../index.ts';
import type { Paint, Terminal } from './terminal.ts';

/** How a command ended; `docs/cli.md` lists what each means. */
export const EXIT = { ok: 0, no: 1, usage: 2, invalid: 3, refused: 4, io: 5, bug: 70, interrupted: 130 } as const;

/** What every command is given. */
export interface Context {
  readonly terminal: Terminal;
  readonly paint: Paint;
  /** Whether the answer is to be JSON. */
  readonly json: boolean;
  /** Whether nobody may be asked. */
  readonly noInput: boolean;
  /** Loads the configuration that the command line names. */
  load(options?: Pick<LoadOptions, 'invalid'>): Promise<Config>;
  /** Writes a line of the answer. */
  print(text: string): void;
  /** Writes a line beside the answer. */
  note(text: string): void;
}
