import { styleText } from 'node:util';

/** What a command reads and writes besides files: all of a process that it may touch. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  /** The words that start this command line again; `varve` if absent. */
  readonly program?: readonly string[];
}

interface Output {
  readonly isTTY?: boolean;
  /** How many cells a line has, where it is a terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** The colours that the command line uses. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts a text in a colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Whether to use colour: `--color` or `--no-color`, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal. */
export function painter(asked: boolean | undefined, env: Terminal['env'], output: Output): Paint {
  const wanted =
    asked ??
    (env['NO_COLOR'] ? false : isForced(env['FORCE_COLOR']) || (output.isTTY === true && env['TERM'] !== 'dumb'));
  // Later versions of Node.js ask the terminal once more, unless told not to.
  return wanted ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

function isForced(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value !== 'false';
}

/** How wide a table may be: unlimited where no terminal would break its lines. */
export function widthOf({ isTTY, columns }: Output): number {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

/** Whether a person can be asked: both ends are a terminal, and nothing says that this runs unattended. */
export function canAsk({ stdin, stderr, env }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && !env['CI'];
}
