import yargs from 'yargs';
import { plain } from '../issue-texts.ts';

/** One setting as help shows it. */
export interface HelpRow {
  /** With its dashes. */
  readonly flag: string;
  /** The heading that it is listed under. */
  readonly group: string;
  readonly doc: string;
  /** The text of the default. */
  readonly fallback?: string;
  /** The value now and its origin, where it is not the default. */
  readonly current?: string;
}

/** The content of the help of a program. */
export interface Help {
  readonly rows: readonly HelpRow[];
  /** How many settings are listed only by `--help=all`. */
  readonly hidden: number;
  /** How wide the terminal is; unknown for a pipe. */
  readonly columns: number | undefined;
}

/** Help is wrapped at this width at most. */
const WIDEST = 100;

/** The help of a program's settings, as yargs writes it. */
export async function printHelp({ rows, hidden, columns = WIDEST }: Help): Promise<string> {
  let parser = yargs([]).scriptName('').usage('').locale('en').version(false).help(false).exitProcess(false);
  for (const { flag, group, doc, fallback, current } of rows) {
    parser = parser.option(flag.replace(/^--?/, ''), {
      group,
      describe: plain(current === undefined ? doc : `${doc} [now: ${current}]`),
      ...(fallback !== undefined && { defaultDescription: plain(fallback) }),
    });
  }
  const rest = hidden === 0 ? [] : [`--help=all lists ${hidden} more ${hidden === 1 ? 'setting' : 'settings'}.`];
  const epilogue = ['--set key=value gives any setting by its key.', ...rest].join('\n');
  return (await parser.wrap(Math.min(columns, WIDEST)).epilogue(epilogue).getHelp()).trim();
}
