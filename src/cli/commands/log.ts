import { type FileChange, type HistoryEntry, history } from '../../index.ts';
import { shownChanges } from '../../words/shown-changes.ts';
import { table } from '../../words/table.ts';
import { changeText, printable } from '../../words/values.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { requireHistory } from '../store-history.ts';
import { widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Which writes are listed. */
export interface LogOptions {
  /** Only those that changed this setting. */
  readonly key: string | undefined;
  /** Only those older than this one. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** Lists the writes to the file layer, newest first; exit code 1 if there are none. */
export async function log(context: Context, { key, before, limit }: LogOptions): Promise<number> {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new UsageError('--limit must be an integer of at least 1');
  await requireHistory(context);
  const config = await context.load({ invalid: 'report' });
  const found = { ...(key !== undefined && { key }), ...(before !== undefined && { before }) };
  const states = await history(config, { ...found, limit });
  if (context.json) printJson(context, { states });
  else if (states.length > 0) context.print(statesTable(states, key, context));
  else context.note(`varve: nothing was written to ${config.location}${key === undefined ? '' : ` for ${key}`}`);
  return states.length > 0 ? EXIT.ok : EXIT.no;
}

/** The longest author or note that the table shows, in characters. */
const LONGEST = 1_000;

const HEAD = ['REVISION', 'WHEN', 'WHO', 'WHAT'];

function statesTable(states: readonly HistoryEntry[], key: string | undefined, { paint, terminal }: Context): string {
  const rows = states.flatMap((state) => rowsOf(state, key));
  const [head = '', ...lines] = table([HEAD, ...rows], widthOf(terminal.stdout)).split('\n');
  return [paint('bold', head), ...lines].join('\n');
}

/** A row for each change, the note last. */
function rowsOf(
  { revision, at, by, note, changes, isDocument }: HistoryEntry,
  key: string | undefined,
): readonly string[][] {
  const shown =
    changes &&
    shownChanges(changes)
      .filter((change) => key === undefined || change.key === key)
      .map(changeLine);
  const what = shown ?? [isDocument ? '(cannot be compared)' : '(no document)'];
  const lines = [
    ...(what.length === 0 ? ['(no setting)'] : what),
    ...(note === undefined ? [] : [`"${printable(cut(note))}"`]),
  ];
  const [first = '', ...rest] = lines;
  const row = [printable(revision), at?.replace(/\.\d+Z$/, 'Z') ?? '-', printable(cut(by ?? '-')), first];
  return [row, ...rest.map((line) => ['', '', '', line])];
}

function changeLine(change: FileChange): string {
  return `${change.key}: ${changeText(change)}`;
}

/** Every program that writes to the store chooses these texts; `--json` shows all of them. */
function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
