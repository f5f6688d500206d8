import { resolve } from 'node:path';
import { didYouMean } from '../../tools.ts';
import { table } from '../../words/table.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { misplacedWords } from '../misplaced-words.ts';
import { type RunStatus, readStatus } from '../sweep/folder-status.ts';
import { pointText } from '../sweep/point.ts';
import { runCountText, stateText } from '../sweep/progress.ts';
import { csvCell, csvText, resultRows, textCell } from '../sweep/results.ts';
import { widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Which folder is read, and how it is shown. */
export interface SweepReportOptions {
  readonly output: string;
  /** `text`, `csv` or `json`. */
  readonly format: string;
}

/** Shows how far the runs of a folder have come, or what they wrote; it starts nothing. */
export function sweepReport(context: Context, report: string, { output, format }: SweepReportOptions): number {
  if (report !== 'status' && report !== 'results') {
    const near = context.rest.length === 0 ? didYouMean(report, ['status', 'results']) : undefined;
    throw near === undefined
      ? misplacedWords('sweep', [report], context.rest)
      : new UsageError(`there is no report "${report}"`, near);
  }
  const runs = readStatus(resolve(context.terminal.cwd, output), output);
  const counts = countsOf(runs);
  if (context.json || format === 'json') printJson(context, { output, counts, runs });
  else if (format === 'csv') context.print(csvText(resultRows(runs, csvCell)));
  else {
    const rows = report === 'status' ? statusRows(runs) : resultRows(runs, textCell);
    context.print(table(rows, widthOf(context.terminal.stdout)));
  }
  for (const { problem } of runs) if (problem !== undefined) context.note(`note: ${problem}`);
  const parts = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  context.note(`varve: ${runCountText(runs.length)}: ${parts.join(', ')}`);
  return runs.every(({ state }) => state === 'done') ? EXIT.ok : EXIT.no;
}

function countsOf(runs: readonly RunStatus[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of runs) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function statusRows(runs: readonly RunStatus[]): readonly (readonly string[])[] {
  const rows = runs.map(({ state, exitCode, values, started = '-', ended = '-', attempt = 0, folder }) => [
    stateText(state, exitCode),
    pointText({ values }),
    String(attempt),
    started,
    ended,
    folder,
  ]);
  return [['STATE', 'VALUES', 'ATTEMPTS', 'STARTED', 'ENDED', 'FOLDER'], ...rows];
}
