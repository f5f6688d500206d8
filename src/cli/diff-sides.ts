import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Config, Definition, Explanation, ProfileDefinition, SnapshotJson } from '../index.ts';
import {
  didYouMean,
  dotenvPaths,
  incomparableSecrets,
  isSnapshot,
  jsonValue,
  REDACTED,
  renameSnapshot,
} from '../tools.ts';
import type { Context } from './command.ts';
import { loadLayers } from './load-layers.ts';
import { readOther, valueInSnapshot, WITHOUT_HASH } from './snapshot-file.ts';
import { UsageError } from './usage-error.ts';
import { valueByKey } from './value-tree.ts';

/** A setting that differs. Values of sensitive settings are redacted. */
export interface Difference {
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
export interface Sides {
  /** The name of the other side. */
  readonly against: string;
  readonly mine: Config;
  /** The value of a setting on the other side, and how it is shown. */
  readonly other: (key: string) => { readonly value: unknown; readonly shown: unknown };
  /** The other side as a configuration, unless it is a snapshot. */
  readonly theirs?: Config;
  /** The file of the other side, where the sides are files; `null`: none. */
  readonly file?: string | null;
  /** The secrets that cannot be compared, and the words before them in the note that lists them. */
  readonly notCompared: { readonly keys: readonly string[]; readonly text: string };
  /** The settings that only the other side has, where it is not a configuration. */
  readonly removed?: readonly Difference[];
}

const ALL_COMPARED: Sides['notCompared'] = { keys: [], text: '' };

const FILE_LAYERS = ['default', 'file'] as const;

/** The configuration now, and what it is compared with. */
export async function sidesOf(context: Context, against: string | undefined): Promise<Sides> {
  if (against === undefined) {
    return fileSides(context, 'the layers below the file', null);
  }
  const profile = profileNamed((await context.define()).definition, against);
  if (profile) return profileSides(context, against, profile);
  if (!existsSync(resolve(context.terminal.cwd, against))) return environmentSides(context, against);
  const { path, document } = readOther(against, context.terminal.cwd);
  if (document === undefined && /^(?:\.env(?:\..*)?|.+\.env)$/.test(basename(path))) throw dotenvFile(against);
  if (isSnapshot(document)) {
    const mine = await context.load({ invalid: 'report' });
    const snapshot = renameSnapshot(document, (await context.define()).definition);
    const now = mine.snapshot().toJSON();
    const own = new Set(mine.explainAll().map(({ key }) => key));
    const others = Object.keys(snapshot.origins).filter((key) => !own.has(key));
    return {
      against,
      mine,
      other: snapshotSide(snapshot, mine, now),
      notCompared: { keys: incomparableSecrets(snapshot, now), text: WITHOUT_HASH },
      removed: others.map((key) => removedSince(snapshot, key)),
    };
  }
  const sides = await fileSides(context, against, path);
  const text = `not compared, because ${against} has them redacted`;
  return { ...sides, notCompared: { keys: redactedKeys(sides, document), text } };
}

/** The sensitive settings that a document, such as the output of `list --values`, has without their values. */
function redactedKeys({ theirs }: Sides, document: unknown): readonly string[] {
  const sensitive = (theirs?.explainAll() ?? []).filter(({ redacted }) => redacted);
  return sensitive.map(({ key }) => key).filter((key) => valueByKey(document, key) === REDACTED);
}

/** The declared profiles, by their names. */
function profilesOf({ profile, profiles }: Definition): ReadonlyMap<string, ProfileDefinition> {
  return new Map(Object.entries({ ...(profile && { profile }), ...profiles }));
}

/** The choice that `production`, or `stage=production`, stands for; `undefined` if no profile has that name. */
function profileNamed(definition: Definition, text: string): Readonly<Record<string, string>> | undefined {
  const [, axis, value = text] = /^([\w-]+)=(.+)$/s.exec(text) ?? [];
  const found = [...profilesOf(definition)].filter(([name, { values }]) => {
    return (axis === undefined || axis === name) && values.includes(value);
  });
  const [first, second] = found.map(([name]) => name);
  if (first === undefined) return undefined;
  if (second === undefined) return { [first]: value };
  throw new UsageError(`${first} and ${second} both have ${value}`, `Write --against ${first}=${value}.`);
}

/** The configuration now, against that of another profile. */
async function profileSides(context: Context, name: string, choice: Readonly<Record<string, string>>): Promise<Sides> {
  const { profile } = context.chosen;
  const mine = await context.load({ invalid: 'report' });
  const theirs = await context.load({
    invalid: 'report',
    warnings: 'return',
    profile: { ...(typeof profile === 'string' ? { profile } : profile), ...choice },
  });
  return { against: `the profile ${name}`, mine, other: sideOf(theirs), notCompared: ALL_COMPARED, theirs };
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
  const usual = dotenvPaths(dotenv, {}, []);
  return dotenvPaths(dotenv, { NODE_ENV: name }, []).some(
    (path) => !usual.includes(path) && existsSync(resolve(root, path)),
  );
}

/** The configuration now, against that of another environment: with the `.env` files of that name. */
async function environmentSides(context: Context, name: string): Promise<Sides> {
  const profiles = [...profilesOf((await context.define()).definition).values()].flatMap(({ values }) => values);
  if (profiles.length > 0) {
    const all = `Name a file, the snapshot of a run, or a profile: ${profiles.join(', ')}.`;
    throw new UsageError(`there is no file or profile ${name}`, didYouMean(name, profiles) ?? all);
  }
  if (!(await isEnvironment(context, name))) {
    const remedy = 'Name a file, the snapshot of a run, or an environment with a .env file of its own.';
    throw new UsageError(`there is no file ${name}`, remedy);
  }
  const mine = await context.load({ invalid: 'report' });
  const env = { ...context.terminal.env, NODE_ENV: name };
  const theirs = await context.load({ invalid: 'report', warnings: 'return', env });
  return { against: `the environment ${name}`, mine, other: sideOf(theirs), notCompared: ALL_COMPARED, theirs };
}

/** The file and the layers below it, against these layers with another file, or with none. */
async function fileSides(context: Context, against: string, file: string | null): Promise<Sides> {
  const theirs = await loadLayers(context, { layers: FILE_LAYERS, file });
  const mine = await loadLayers(context, { layers: FILE_LAYERS });
  return { against, mine, other: sideOf(theirs), notCompared: ALL_COMPARED, theirs, file };
}

function sideOf(config: Config): Sides['other'] {
  const explanations = new Map(config.explainAll().map((explanation) => [explanation.key, explanation]));
  return (key) => {
    const explanation = explanations.get(key);
    return { value: explanation && jsonValue(config, key), shown: explanation?.value };
  };
}

/** A setting that only the snapshot has. */
function removedSince(snapshot: SnapshotJson, key: string): Difference {
  return { key, before: valueInSnapshot(snapshot, key), redacted: Object.hasOwn(snapshot.secrets, key) };
}

/** A snapshot has secrets as `********`: they are compared by their keyed hashes. */
function snapshotSide(snapshot: SnapshotJson, mine: Config, now: SnapshotJson): Sides['other'] {
  return (key) => {
    const value = valueInSnapshot(snapshot, key);
    if (!Object.hasOwn(now.secrets, key)) return { value, shown: value };
    const isSame = Object.hasOwn(snapshot.secrets, key) && snapshot.secrets[key] === now.secrets[key];
    return { value: isSame ? mine.get(key) : value, shown: value === undefined ? undefined : REDACTED };
  };
}
