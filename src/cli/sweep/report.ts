import { table } from '../../words/table.ts';
import { valueText } from '../../words/values.ts';
import { codeOf } from '../child-command.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { widthOf } from '../terminal.ts';
import { runCountText, stateText } from './progress.ts';
import type { SweepEnd } from './run-all.ts';
import { CannotStart, type Outcome, type OutcomeState } from './runner.ts';
import { SupervisionError } from './supervised-run.ts';

type Counts = Partial<Record<OutcomeState, number>>;

/** Prints how every run ended, and returns the exit code of the sweep. */
export function reportSweep(context: Context, { outcomes, signal, error }: SweepEnd, shown: string): number {
  const counts = countsOf(outcomes);
  if (context.json) {
    const runs = outcomes.map(({ point: { name, values }, folder, state, exitCode }) => ({
      name,
      values,
      folder,
      state,
      ...(exitCode !== undefined && { exitCode }),
    }));
    printJson(context, { output: shown, counts, runs });
  } else context.print(tableOf(context, outcomes));
  const parts = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const remedy = error === undefined ? remedyOf(counts) : '';
  context.note(`varve: ${runCountText(outcomes.length)}: ${parts.join(', ')}${remedy}`);
  if (error instanceof CannotStart) {
    context.note(`varve: ${error.message}`);
    return error.code;
  }
  if (error instanceof SupervisionError) {
    context.note(`varve: ${error.message}`);
    return EXIT.io;
  }
  if (error !== undefined) throw error;
  if (signal !== undefined) return codeOf(signal);
  return exitCodeOf(counts);
}

/** How to go on after runs that are not done. */
function remedyOf({ stopped, waiting, failed }: Counts): string {
  if (stopped !== undefined || waiting !== undefined) return '; repeat the same command line to continue';
  return failed === undefined ? '' : '; repeat the same command line to run again what failed';
}

function exitCodeOf({ failed, elsewhere }: Counts): number {
  if (failed !== undefined) return EXIT.no;
  return elsewhere === undefined ? EXIT.ok : EXIT.refused;
}

function countsOf(outcomes: readonly Outcome[]): Counts {
  const counts: Counts = {};
  for (const { state } of outcomes) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function tableOf({ terminal }: Context, outcomes: readonly Outcome[]): string {
  const keys = [...new Set(outcomes.flatMap(({ point }) => Object.keys(point.values)))];
  const rows = outcomes.map(({ point, state, exitCode, folder }) => [
    ...keys.map((key) => valueText(point.values[key])),
    stateText(state, exitCode),
    folder,
  ]);
  return table([[...keys, 'STATE', 'FOLDER'], ...rows], widthOf(terminal.stdout));
}
