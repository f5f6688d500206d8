import { styleText } from 'node:util';

/** What a command reads and writes besides files: all of a process that it may touch. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** The colours that the command line uses. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts a text in a colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Whether to use colour: `--color` or `--no-color`, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal. */
export function painter(asked: boolean | undefined, { env, stdout }: Pick<Terminal, 'env' | 'stdout'>): Paint {
  const wanted =
    asked ??
    (env['NO_COLOR'] ? false : isForced(env['FORCE_COLOR']) || (stdout.isTTY === true && env['TERM'] !== 'dumb'));
  return wanted ? (style, text) => styleText(style, text) : (_, text) => text;
}

function isForced(value: string | undefined): boolean {
  return value !== undefined && value !== '0' && value !== 'false';
}

/** Whether a person can be asked: both ends are a terminal, and nothing says that this runs unattended. */
export function canAsk({ stdin, stderr, env }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true && !env['CI'];
}
