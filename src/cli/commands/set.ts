import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Authorship,
  type Config,
  ConfigError,
  type Explanation,
  type FileChange,
  type Issue,
  resolveTexts,
  setAll,
} from '../../index.ts';
import { describeSetting, explainChange } from '../../tools.ts';
import { effectText } from '../../words/effect.ts';
import { issuesText } from '../../words/issue-text.ts';
import { overrideWarnings } from '../../words/override-warning.ts';
import { changeOfKey, shownChanges } from '../../words/shown-changes.ts';
import { changeText, optionalValueText, valueText } from '../../words/values.ts';
import {
  type Assignment,
  explainTarget,
  parseAssignments,
  parseJsonValue,
  readAssignment,
  type Target,
} from '../assignments.ts';
import { noteIfLost } from '../authorship.ts';
import { type Context, EXIT, printJson, warn } from '../command.ts';
import { isReference } from '../doctor/finding.ts';
import { noteMigration } from '../migration-note.ts';
import { widthOf } from '../terminal.ts';

/** How values are given and written. */
export interface SetOptions extends WriteOptions {
  /** The value of the only key is read from standard input. */
  readonly stdin: boolean;
  /** The values are JSON. */
  readonly jsonValue: boolean;
}

/** How a change of the file is written. */
export interface WriteOptions {
  /** Whether the changes are only shown. */
  readonly dryRun: boolean;
  readonly authorship: Authorship;
}

/** Writes values into the file layer, all or none, and warns about those that have no effect now. */
export async function set(context: Context, words: readonly string[], options: SetOptions): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  const { definition } = await context.define();
  const target = { config, definition };
  const { stdin, jsonValue } = options;
  const assignments = stdin
    ? [await readAssignment(context.terminal, target, { words, isJson: jsonValue })]
    : parseAssignments(words, target, jsonValue);
  const before = fileValues(
    target,
    assignments.map(({ key }) => key),
  );
  await applyAssignments(config, assignments);
  return saveChanges(context, config, { ...options, before });
}

/** Removes keys from the file layer. */
export async function unset(context: Context, keys: readonly string[], options: WriteOptions): Promise<number> {
  const config = await context.load({ invalid: 'report' });
  const { definition } = await context.define();
  const before = fileValues({ config, definition }, keys);
  await changeAll(config, Object.fromEntries(keys.map((key) => [key, undefined])));
  const pending = new Set(config.pending.map(({ key }) => key));
  for (const key of keys) {
    if (pending.has(settingKey(config, key)) || [...pending].some((one) => one.startsWith(`${key}.`))) continue;
    context.note(`varve: ${config.location ?? 'the file'} does not set ${key}`);
    before.delete(key);
  }
  if (pending.size > 0) return saveChanges(context, config, { ...options, before, isRemoval: true });
  if (context.json) printJson(context, { written: [], settings: keys.map((key) => config.explain(key)) });
  return EXIT.no;
}

/** The key of the setting that changes, in place of the key of its member. */
function settingKey(config: Config, key: string): string {
  return changeOfKey(config.pending, key)?.key ?? key;
}

/** What the file has for these keys, of settings or their members; secrets are redacted. */
function fileValues(target: Target, keys: readonly string[]): Map<string, unknown> {
  return new Map(keys.map((key) => [key, fileValue(explainTarget(target, key))]));
}

function fileValue({ candidates }: Explanation): unknown {
  return candidates.find(({ layer }) => layer === 'file')?.value;
}

/** Changes the file layer in memory. Throws one error with every value that is refused. */
async function applyAssignments(config: Config, assignments: readonly Assignment[]): Promise<void> {
  const values = assignments.map(({ key, text, isJson }) => [key, isJson ? parseJsonValue(key, text) : text]);
  await changeAll(config, Object.fromEntries(values));
}

/** Changes the file layer in memory, all or none. */
async function changeAll(config: Config, values: Readonly<Record<string, unknown>>): Promise<void> {
  await resolveTexts(config, values);
  try {
    setAll(config, values);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first, ...rest] = error.issues as readonly [Issue, ...Issue[]];
    const nothing = first.suggestion ?? (rest.length === 0 ? 'Nothing was written.' : undefined);
    throw new ConfigError([{ ...first, ...(nothing !== undefined && { suggestion: nothing }) }, ...rest], {
      title: 'the values to set; nothing was written',
    });
  }
}

interface SaveRequest extends WriteOptions {
  /** The typed keys, with their values in the file before. */
  readonly before: ReadonlyMap<string, unknown>;
  /** Whether nothing is written but what moves: then no secret comes into the file. */
  readonly isRemoval?: true;
}

async function saveChanges(context: Context, config: Config, request: SaveRequest): Promise<number> {
  const { dryRun, authorship } = request;
  const before = changedKeys(config, request.before);
  const keys = [...new Set([...before.keys()].map((key) => settingKey(config, key)))];
  if (dryRun) return showChanges(context, config, { before, keys });
  const saved = await config.save(authorship);
  const { written, warning, keptAside } = saved;
  const settings = keys.map((key) => explainChange(config, key));
  if (context.json) printJson(context, { written, settings, ...(keptAside !== undefined && { keptAside }) });
  else for (const [key, value] of before) context.print(savedLine(context, config, { key, before: value, written }));
  noteMigration(context, config, saved);
  if (warning !== undefined) warn(context, warning);
  await noteIfLost(context, authorship);
  warnIssues(context, config);
  noteRestart(context, config, written);
  warnOverrides(context, config, changesOf(keys, written));
  if (!request.isRemoval) await warnPermissions(context, config, settings);
  return EXIT.ok;
}

/**
 * The typed keys; for a member of a group by name, those of its settings that change, and for an element of a list also
 * those of the elements behind it, which move.
 */
function changedKeys(config: Config, before: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  const { pending } = config;
  const keys = [...before].flatMap(([typed, value]): readonly (readonly [string, unknown])[] => {
    const inside = pending.filter(({ key }) => key.startsWith(`${typed}.`));
    const isOwn = inside.length === 0 || pending.some(({ key }) => key === typed);
    return [
      ...inside.map((change) => [change.key, change.before] as const),
      ...(isOwn ? [[typed, value] as const] : []),
    ];
  });
  const owners = new Set([...before.keys()].map((typed) => settingKey(config, typed)));
  const others = shownChanges(pending)
    .filter(({ key }) => !owners.has(key))
    .sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
  return new Map([...keys, ...others.map((change) => [change.key, change.before] as const)]);
}

interface ShownChanges extends Pick<SaveRequest, 'before'> {
  /** The settings of the typed keys. */
  readonly keys: readonly string[];
}

/** Shows what `set` or `unset` would write. */
function showChanges(context: Context, config: Config, { before, keys }: ShownChanges): number {
  const { pending, location = 'the file' } = config;
  if (context.json)
    printJson(context, { written: [], pending, settings: keys.map((key) => explainChange(config, key)) });
  else {
    for (const [key, value] of before) {
      const change = changeOf(config, { key, before: value, written: pending });
      if (change)
        context.print(`${location}  ${key}: ${effectiveChange(change, explainChange(config, key))}   not saved`);
    }
    if (pending.length === 0) context.print(`${location}  unchanged`);
  }
  warnOverrides(context, config, changesOf(keys, pending));
  return EXIT.ok;
}

/** A typed key, its value in the file before, and the changed settings. */
interface TypedKey {
  readonly key: string;
  readonly before: unknown;
  readonly written: readonly FileChange[];
}

/** The change of a setting, or of the member that was typed; `undefined` if it is unchanged. */
function changeOf(
  config: Config,
  { key, before, written }: TypedKey,
): Pick<FileChange, 'before' | 'after'> | undefined {
  const change = written.find((one) => one.key === key);
  if (change) return change;
  const after = fileValue(explainChange(config, key));
  return isDeepStrictEqual(before, after) ? undefined : { before, after };
}

/** `config/app.json:3:22  batch_size_days: 30 -> 90   saved` */
function savedLine({ paint }: Context, config: Config, typed: TypedKey): string {
  const setting = explainChange(config, typed.key);
  const inFile = setting.candidates.find(({ layer }) => layer === 'file');
  const head = `${inFile?.location ?? config.location ?? 'the file'}  ${typed.key}`;
  const change = changeOf(config, typed);
  if (!change) return `${head}: ${optionalValueText(inFile?.value)}   unchanged`;
  return `${head}: ${effectiveChange(change, setting)}   ${paint('green', 'saved')}`;
}

/** A change on one line; of a key that is removed, the value that counts then. */
function effectiveChange(change: Pick<FileChange, 'before' | 'after'>, setting: Explanation): string {
  if (change.after !== undefined) return changeText(change);
  return `${valueText(change.before)} -> ${effectText(setting)}`;
}

/** Notes the written settings whose value a running program keeps until its next start. */
function noteRestart(context: Context, config: Config, written: readonly FileChange[]): void {
  for (const { key } of written) {
    if (describeSetting(config, key)?.reload === false) context.note(`varve: ${key} takes effect at the next start`);
  }
}

/** Problems of other settings: no program starts with them. */
function warnIssues(context: Context, { issues, name }: Config): void {
  if (issues.length > 0) warn(context, issuesText(issues, { title: name, width: widthOf(context.terminal.stderr) }));
}

/** Warns if other users can read the file that a secret was written to. */
async function warnPermissions(
  context: Context,
  { location }: Config,
  settings: readonly Explanation[],
): Promise<void> {
  const secrets = settings.filter(({ redacted }) => redacted);
  const keys = secrets.filter((setting) => !isReferenceInFile(setting)).map(({ key }) => key);
  if (location === undefined || keys.length === 0) return;
  const [{ permissions }, { root }] = await Promise.all([import('../doctor/permissions.ts'), context.define()]);
  for (const { status, message, fix } of permissions({ path: resolve(root, location), name: location, keys }, false)) {
    if (status === 'warn') warn(context, `${message}. ${fix}`);
  }
}

/** Whether the file has only a text that stands for the value. */
function isReferenceInFile({ candidates }: Explanation): boolean {
  const inFile = candidates.find(({ layer }) => layer === 'file');
  return inFile !== undefined && isReference(inFile);
}

/** The changes of these settings; a setting that the file has already is unchanged. */
function changesOf(keys: readonly string[], changes: readonly FileChange[]): readonly FileChange[] {
  const unchanged = { before: undefined, after: undefined, redacted: false };
  return keys.map((key) => changes.find((change) => change.key === key) ?? { key, ...unchanged });
}

function warnOverrides(context: Context, config: Config, changes: readonly FileChange[]): void {
  for (const warning of overrideWarnings(config, changes)) warn(context, warning);
}
