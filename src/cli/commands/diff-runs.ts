import { compareSnapshots, type SnapshotDifference, type SnapshotJson } from '../../index.ts';
import { incomparableSecrets, renameSnapshot } from '../../tools.ts';
import { table } from '../../words/table.ts';
import { locationText, printable, valueText } from '../../words/values.ts';
import { type Context, EXIT, noteNames, printJson } from '../command.ts';
import { nearestDefinition } from '../find-definition.ts';
import { readRun, WITHOUT_HASH } from '../snapshot-file.ts';
import { widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** How the configurations of two runs differ: which makes them different runs, and which only how they were operated. */
export async function diffRuns(
  context: Context,
  runs: readonly string[],
  against: string | undefined,
): Promise<number> {
  const [a, b] = runs;
  if (a === undefined || b === undefined || runs.length > 2 || against !== undefined) {
    const remedy = 'Write: varve diff RUN_A RUN_B. Or, against the configuration now: varve diff --against RUN';
    throw new UsageError('two runs are compared', remedy);
  }
  const { cwd, stdout } = context.terminal;
  const [before, after] = await renamedRuns(context, [readRun(a, cwd), readRun(b, cwd)]);
  const differences = compareSnapshots(before, after);
  const notCompared = incomparableSecrets(before, after);
  const differs = differences.length > 0;
  if (context.json) {
    const runOf = ({ name, fingerprint }: SnapshotJson): object => ({ name, fingerprint });
    const secrets = notCompared.length > 0 && { notCompared };
    printJson(context, { runs: [runOf(before), runOf(after)], differs, differences, ...secrets });
  } else if (differs) context.print(table(differences.map(row), widthOf(stdout)));
  if (!context.json) {
    if (differs || before.fingerprint !== after.fingerprint) context.note(`varve: ${fingerprintText(before, after)}`);
    else context.note(notCompared.length > 0 ? 'varve: no differences' : 'varve: both runs had the same configuration');
    noteNames(context, `varve: ${WITHOUT_HASH}`, notCompared);
  }
  return differs ? EXIT.no : EXIT.ok;
}

type Runs = readonly [before: SnapshotJson, after: SnapshotJson];

/** The runs with the present keys of renamed settings, where there is a definition. */
async function renamedRuns(context: Context, runs: Runs): Promise<Runs> {
  const { definition: path, terminal } = context;
  if (path === undefined && nearestDefinition(terminal.cwd) === undefined) return runs;
  const { definition } = await context.define();
  return [renameSnapshot(runs[0], definition), renameSnapshot(runs[1], definition)];
}

function row({ key, kind, before, after, from, to }: SnapshotDifference): readonly string[] {
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~';
  const places = [...new Set([from, to].map((origin) => (origin ? locationText(origin) : '-')))].join(' -> ');
  // A snapshot may come from anywhere.
  return [`${sign} ${printable(key)}`, `${valueText(before)} -> ${valueText(after)}`, kind, printable(places)];
}

function fingerprintText(before: SnapshotJson, after: SnapshotJson): string {
  return before.fingerprint === after.fingerprint
    ? 'the same fingerprint: nothing differs that makes another run'
    : 'the fingerprints differ';
}
