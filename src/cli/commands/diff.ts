import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Config,
  ConfigError,
  dotenvPaths,
  type Explanation,
  type Issue,
  isSnapshot,
  renameSnapshot,
  type SnapshotJson,
} from '../../index.ts';
import { issuesText } from '../../words/issue-text.ts';
import { table } from '../../words/table.ts';
import { locationText, valueText } from '../../words/values.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { loadLayers } from '../load-layers.ts';
import { readOther, valueInSnapshot } from '../snapshot-file.ts';
import { widthOf } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** A setting that differs. Values of sensitive settings are redacted. */
interface Difference {
  readonly key: string;
  /** The value of the other side; absent if it has none. */
  readonly before?: unknown;
  /** The value of this side. */
  readonly after?: unknown;
  readonly redacted: boolean;
  /** Where `after` was written. */
  readonly origin?: Explanation['winner'];
}

/** The two sides of a comparison. */
interface Sides {
  /** The name of the other side. */
  readonly against: string;
  readonly mine: Config;
  /** The value of a setting on the other side, and how it is shown; `undefined` if it cannot be compared. */
  readonly other: (key: string) => { readonly value: unknown; readonly shown: unknown } | undefined;
  /** The other side as a configuration, unless it is a snapshot. */
  readonly theirs?: Config;
  /** The settings that only the other side has, where it is not a configuration. */
  readonly removed?: readonly Difference[];
}

/** Shows how the file differs from the defaults or another file, or all layers from those of a run or an environment. */
export async function diff(context: Context, against: string | undefined): Promise<number> {
  const sides = await sidesOf(context, against);
  const issues = await fileIssues(context, sides);
  // Without one of its sides, a comparison would show differences from the defaults.
  const [corrupt, ...others] = issues.filter(({ code }) => code === 'CORRUPT');
  if (corrupt) throw new ConfigError([corrupt, ...others], { title: `the configuration of ${sides.mine.name}` });
  const differences = differencesOf(sides);
  const differs = differences.length > 0;
  if (context.json) {
    printJson(context, { against: sides.against, differs, differences, ...(issues.length > 0 && { issues }) });
  } else if (differs) context.print(differencesText(differences, context));
  else if (issues.length === 0) context.note(`varve: no differences from ${sides.against}`);
  if (issues.length > 0) {
    context.note(
      issuesText(issues, { title: `the configuration of ${sides.mine.name}`, width: widthOf(context.terminal.stderr) }),
    );
    return EXIT.invalid;
  }
  return differs ? EXIT.no : EXIT.ok;
}

/** The issues of both sides; a required setting may be missing from a file if another layer provides it. */
async function fileIssues(context: Context, { mine, theirs }: Sides): Promise<readonly Issue[]> {
  // What no layer of this side provides is one problem, also where the other side does not have it.
  const issues = [...mine.issues, ...(theirs?.issues ?? []).filter(({ origin }) => origin !== undefined)];
  if (issues.length === 0) return issues;
  const whole = await context.load({ invalid: 'report', warnings: 'return' });
  const missing = new Set(whole.issues.filter(({ origin }) => !origin).map(({ key }) => key));
  const known = new Set([...whole.issues, ...whole.warnings].map(({ key }) => key));
  // A computed value may have parts in other layers.
  const isComputed = (key = ''): boolean =>
    [mine, theirs].some((config) => config?.explain(key).candidates.some(({ computedFrom }) => computedFrom));
  return issues.filter(({ origin, key }) =>
    origin === undefined ? missing.has(key) : known.has(key) || key === undefined || !isComputed(key),
  );
}

const FILE_LAYERS = ['default', 'file'] as const;

async function sidesOf(context: Context, against: string | undefined): Promise<Sides> {
  if (against === undefined) {
    return fileSides(context, 'the defaults', null);
  }
  if (!existsSync(resolve(context.terminal.cwd, against))) return environmentSides(context, against);
  const { path, document } = readOther(against, context.terminal.cwd);
  if (document === undefined && /^(?:\.env(?:\..*)?|.+\.env)$/.test(basename(path))) throw dotenvFile(against);
  if (isSnapshot(document)) {
    const mine = await context.load({ invalid: 'report' });
    const snapshot = renameSnapshot(document, (await context.define()).definition);
    const own = new Set(mine.explainAll().map(({ key }) => key));
    const others = Object.keys(snapshot.origins).filter((key) => !own.has(key));
    return {
      against,
      mine,
      other: (key) => snapshotSide(snapshot, mine, key),
      removed: others.map((key) => removedSince(snapshot, key)),
    };
  }
  return fileSides(context, against, path);
}

function dotenvFile(name: string): UsageError {
  const remedy =
    'Compare with an environment (varve diff --against production reads .env.production), or show what the file gives: ' +
    `node --env-file=${name} node_modules/.bin/varve list`;
  return new UsageError(`${name} is a .env file, which cannot be compared with a file of settings`, remedy);
}

/** Whether a `.env` file is read in the environment of this name only. */
async function isEnvironment(context: Context, name: string): Promise<boolean> {
  const { definition, root } = await context.define();
  const { dotenv = false } = definition;
  const usual = dotenvPaths(dotenv, {});
  return dotenvPaths(dotenv, { NODE_ENV: name }).some(
    (path) => !usual.includes(path) && existsSync(resolve(root, path)),
  );
}

/** The configuration now, against that of another environment: with the `.env` files of that name. */
async function environmentSides(context: Context, name: string): Promise<Sides> {
  if (!(await isEnvironment(context, name))) {
    const remedy = 'Name a file, the snapshot of a run, or an environment with a .env file of its own.';
    throw new UsageError(`there is no file ${name}`, remedy);
  }
  const mine = await context.load({ invalid: 'report' });
  const env = { ...context.terminal.env, NODE_ENV: name };
  const theirs = await context.load({ invalid: 'report', warnings: 'return', env });
  return { against: `the environment ${name}`, mine, other: sideOf(theirs), theirs };
}

/** The defaults and the file, against the defaults and another file, or none. */
async function fileSides(context: Context, against: string, file: string | null): Promise<Sides> {
  const theirs = await loadLayers(context, { layers: FILE_LAYERS, file });
  return { against, mine: await loadLayers(context, { layers: FILE_LAYERS }), other: sideOf(theirs), theirs };
}

function sideOf(config: Config): Sides['other'] {
  const explanations = new Map(config.explainAll().map((explanation) => [explanation.key, explanation]));
  return (key) => {
    const explanation = explanations.get(key);
    return { value: explanation && config.get(key), shown: explanation?.value };
  };
}

/** A setting that only the snapshot has. */
function removedSince(snapshot: SnapshotJson, key: string): Difference {
  return { key, before: valueInSnapshot(snapshot, key), redacted: Object.hasOwn(snapshot.secrets, key) };
}

/** A snapshot has secrets as `********`: they are compared by their keyed hashes, if both sides have one. */
function snapshotSide(snapshot: SnapshotJson, mine: Config, key: string): ReturnType<Sides['other']> {
  const shown = valueInSnapshot(snapshot, key);
  if (!mine.explain(key).redacted) return { value: shown, shown };
  const [before, now] = [snapshot.secrets[key], mine.snapshot().secrets[key]];
  if (typeof before !== 'string' || typeof now !== 'string') return undefined;
  return { value: before === now ? mine.get(key) : before, shown };
}

function differencesOf({ mine, other, theirs: config, removed = [] }: Sides): readonly Difference[] {
  const keys = [...mine.explainAll(), ...(config?.explainAll() ?? [])].map(({ key }) => key);
  const differences = [...new Set(keys)].flatMap((key): readonly Difference[] => {
    const { value: shown, redacted, winner } = mine.explain(key);
    const theirs = other(key);
    const value = mine.get(key);
    if (!theirs || isDeepStrictEqual(asJson(value), asJson(theirs.value))) return [];
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

function differencesText(differences: readonly Difference[], { paint, terminal }: Context): string {
  const rows = differences.map(({ key, before, after, origin }) => {
    const sign = before === undefined ? '+' : after === undefined ? '-' : '~';
    return [`${sign} ${key}`, `${valueText(before)} -> ${valueText(after)}`, origin ? locationText(origin) : ''];
  });
  return table(rows, widthOf(terminal.stdout), [1, 2])
    .split('\n')
    .map((line) => paint(line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'yellow', line))
    .join('\n');
}
