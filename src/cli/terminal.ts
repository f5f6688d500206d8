import { styleText } from 'node:util';

/** The streams, environment and folder that a command uses. */
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
  /** Cells per line, if it is a terminal. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** The colours that the command line uses. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts a text in a colour, or returns it unchanged if there are no colours. */
export type Paint = (style: Style, text: string) => string;

/** Colours by `--color` or `--no-color`, then `NO_COLOR`, then `FORCE_COLOR` (`0` and `false`: none), then whether it is a terminal. */
export function painter(asked: boolean | undefined, env: Terminal['env'], output: Output): Paint {
  const isTerminal = output.isTTY === true && env['TERM'] !== 'dumb';
  const isWanted = asked ?? (env['NO_COLOR'] ? false : (forcedColor(env['FORCE_COLOR']) ?? isTerminal));
  // Later versions of Node.js check the stream again.
  return isWanted ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

/** `undefined` where the variable is absent or empty. */
function forcedColor(value: string | undefined): boolean | undefined {
  return value === undefined || value === '' ? undefined : value !== '0' && value !== 'false';
}

/** Cells per line of a table; unlimited unless the output is a terminal. */
export function widthOf({ isTTY, columns }: Output): number {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

/** Whether a person can be asked: stdin and stderr are terminals, and no CI runs this. */
export function canAsk({ stdin, stderr, env }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && !env['CI'];
}
