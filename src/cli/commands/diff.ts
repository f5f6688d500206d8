import { isDeepStrictEqual } from 'node:util';
import { type Config, ConfigError, type Issue } from '../../index.ts';
import { jsonValue } from '../../tools.ts';
import { issuesText } from '../../words/issue-text.ts';
import { table } from '../../words/table.ts';
import { locationText, valueText } from '../../words/values.ts';
import { wrap } from '../../words/wrap.ts';
import { type Context, EXIT, noteNames, printJson } from '../command.ts';
import { type Difference, type Sides, sidesOf } from '../diff-sides.ts';
import { widthOf } from '../terminal.ts';

/** Shows how the file differs from the layers below it or another file, or all layers from those of a run or an environment. */
export async function diff(context: Context, against: string | undefined): Promise<number> {
  const sides = await sidesOf(context, against);
  const issues = await fileIssues(context, sides);
  // Without one of its sides, a comparison would show differences from the layers below it.
  const [corrupt, ...others] = issues.filter(({ code }) => code === 'CORRUPT');
  if (corrupt) throw new ConfigError([corrupt, ...others], { title: `the configuration of ${sides.mine.name}` });
  const differences = differencesOf(sides);
  const differs = differences.length > 0;
  const { against: name, notCompared } = sides;
  if (context.json) {
    printJson(context, {
      against: name,
      differs,
      differences,
      ...(notCompared.keys.length > 0 && { notCompared: notCompared.keys }),
      ...(issues.length > 0 && { issues }),
    });
  } else if (differs) context.print(differencesText(differences, context));
  else if (issues.length === 0) context.note(`varve: no differences from ${name}`);
  if (!context.json) noteNames(context, `varve: ${notCompared.text}`, notCompared.keys);
  if (issues.length > 0) {
    context.note(
      issuesText(issues, { title: `the configuration of ${sides.mine.name}`, width: widthOf(context.terminal.stderr) }),
    );
    return EXIT.invalid;
  }
  return differs ? EXIT.no : EXIT.ok;
}

/** The issues of both sides; what a file lacks, or a rule that it breaks, is none if another layer makes up for it. */
async function fileIssues(context: Context, sides: Sides): Promise<readonly Issue[]> {
  const { mine, theirs, notCompared } = sides;
  // What no layer of this side provides is one problem, also where the other side does not have it.
  const isReported = ({ origin, key = '' }: Issue): boolean => origin !== undefined && !notCompared.keys.includes(key);
  const issues = [...mine.issues, ...(theirs?.issues ?? []).filter(isReported)];
  if (issues.length === 0) return issues;
  const whole = await context.load({ invalid: 'report', warnings: 'return' });
  const missing = new Set(whole.issues.filter(({ origin }) => !origin).map(({ key }) => key));
  const known = new Set([...whole.issues, ...whole.warnings].map(({ key }) => key));
  // A computed value may have parts in other layers.
  const explanations = [mine, theirs].flatMap((config) => config?.explainAll() ?? []);
  const computed = new Set(
    explanations.flatMap((one) => (one.candidates.some(({ computedFrom }) => computedFrom) ? one.key : [])),
  );
  const broken = await brokenRules(context, sides, whole);
  return issues.filter((issue) => {
    const { origin, key } = issue;
    if (issue.keys) return broken.has(String(issue.keys));
    return origin === undefined ? missing.has(key) : known.has(key) || key === undefined || !computed.has(key);
  });
}

/** The settings of each rule that all layers together break, with the file of one side or of the other. */
async function brokenRules(context: Context, { theirs, file }: Sides, whole: Config): Promise<ReadonlySet<string>> {
  const other = typeof file === 'string' ? await context.load({ invalid: 'report', warnings: 'return', file }) : theirs;
  const all = [whole, ...(other && file !== null ? [other] : [])];
  return new Set(all.flatMap(({ issues }) => issues.flatMap(({ keys }) => (keys ? [String(keys)] : []))));
}

function differencesOf({ mine, other, theirs: config, notCompared, removed = [] }: Sides): readonly Difference[] {
  const own = new Map(mine.explainAll().map((explanation) => [explanation.key, explanation]));
  // Another variant has other settings.
  const others = (config?.explainAll() ?? []).filter(({ key }) => !own.has(key));
  const differences = [...own.values(), ...others].flatMap(({ key, redacted }): readonly Difference[] => {
    const { value: shown, winner } = own.get(key) ?? {};
    const theirs = other(key);
    const value = own.has(key) ? jsonValue(mine, key) : undefined;
    if (notCompared.keys.includes(key) || isDeepStrictEqual(asJson(value), asJson(theirs.value))) return [];
    const before = theirs.shown === undefined ? {} : { before: theirs.shown };
    return [
      {
        key,
        ...before,
        ...(shown !== undefined && { after: shown }),
        redacted,
        ...(winner && { origin: winner }),
      },
    ];
  });
  return [...differences, ...removed];
}

/** A value as a document holds it. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_, member: unknown) => (member instanceof RegExp ? member.source : member));
  return text === undefined ? undefined : JSON.parse(text);
}

/** A change of at most so many cells stays beside its key: the location is cut instead. */
const SHORT_CHANGE = 20;

function differencesText(differences: readonly Difference[], { paint, terminal }: Context): string {
  const rows = differences.map(({ key, before, after, origin }) => {
    const sign = before === undefined ? '+' : after === undefined ? '-' : '~';
    return [
      `${sign} ${key}`,
      `${valueText(before)} -> ${valueText(after)}`,
      origin ? locationText(origin) : '',
    ] as const;
  });
  const width = widthOf(terminal.stdout);
  const widest = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const room = Math.max(SHORT_CHANGE, width - widest(0) - widest(2) - 4);
  // A change that does not fit is written below its key, so that neither value is cut.
  const lines = table(
    rows.map(([key, change, place]) => [key, change.length <= room ? change : '', place]),
    width,
    [2],
  ).split('\n');
  return lines
    .map((line, i) => {
      const change = rows[i]?.[1] ?? '';
      const text =
        change.length <= room ? line : [line, ...wrap(change, width - 4).map((part) => `    ${part}`)].join('\n');
      return paint(line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'yellow', text);
    })
    .join('\n');
}
