import { Readable } from 'node:stream';
import { runCommandLine } from '../../src/cli/program.ts';
import { type Folder, folder } from '../folder.ts';

/** How a command is run besides its arguments. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The width of the terminal; without it stdout is a pipe. */
  readonly columns?: number;
  /** The working directory; the folder unless given. */
  readonly cwd?: string;
}

/** What a command answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder in which commands are run, without a process of their own. */
export class Shell {
  readonly folder: Folder;

  constructor(files: Readonly<Record<string, string>>) {
    this.folder = folder(files);
  }

  async run(
    argv: readonly string[],
    { env = {}, stdin = '', cwd = this.folder.path, columns }: Surroundings = {},
  ): Promise<Answer> {
    const written = { stdout: '', stderr: '' };
    const output = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => (written[name] += text),
      ...(columns !== undefined && { isTTY: true, columns }),
    });
    const terminal = {
      env,
      cwd,
      stdout: output('stdout'),
      stderr: output('stderr'),
      stdin: Readable.from([stdin]),
    };
    const code = await runCommandLine(argv, terminal);
    return { code, ...written };
  }

  /** Runs a line of words without quotes, variables first: `RL_A=1 list -- --b 2`; gives what a terminal shows. */
  async transcript(line: string, stdin = '', columns?: number): Promise<string> {
    const words = line === '' ? [] : line.split(' ');
    const variables = words.filter((_, i) => words.slice(0, i + 1).every((before) => /^[A-Z_0-9]+=/.test(before)));
    const env = Object.fromEntries(variables.map((word) => word.split(/=(.*)/s).slice(0, 2)));
    const { code, stdout, stderr } = await this.run(words.slice(variables.length), {
      env: { NO_COLOR: '1', ...env },
      stdin,
      ...(columns !== undefined && { columns }),
    });
    const shown = [...variables, 'varve', ...words.slice(variables.length)].join(' ');
    const text = `$ ${shown}\n${stdout}${stderr === '' ? '' : stderr.replace(/^/gm, '2> ').replace(/2> $/, '')}exit ${code}\n`;
    return text.replaceAll(this.folder.path, '/app').replace(/invalid-\d{8}T\d{6}\.\d{3}Z/g, 'invalid-TIME');
  }
}
