import { ConfigError, type Issue, throwIssues } from '../errors.ts';
import { formatOf } from '../formats/format-of.ts';
import type { Key } from '../key.ts';
import { type Entries, writtenJson } from '../layer.ts';
import { refusal } from '../schema/refusal.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import type { FileDocument } from '../sources/file-document.ts';
import { type Rename, renamedDocument } from '../sources/rename.ts';
import type { Authorship, Revision, Store, StoredDocument } from '../stores/store.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { requireArgument, requireOptions, requireText } from '../wrong-arguments.ts';
import { type Config, partsOf } from './config.ts';
import type { ConfigState } from './config-state.ts';
import { type DocumentEdit, describeChanges, type FileChange, type KeyChange } from './edits.ts';
import { type SaveResult, textsOf } from './file-changes.ts';
import { isSyntax, type WritableFile } from './writable-file.ts';

/** Which revisions to list. */
export interface HistoryOptions {
  /** Only revisions that changed this setting. */
  readonly key?: Key;
  /** Only revisions older than this one. */
  readonly before?: Revision;
  /** The most entries to return. Default: 20. */
  readonly limit?: number;
}

/** One revision of the file layer's document. */
export interface HistoryEntry {
  /** The revision, for `rollback`. */
  readonly revision: Revision;
  /** Who wrote it, if the store keeps it. */
  readonly by?: string;
  /** When it was written (RFC 3339), if the store keeps it. */
  readonly at?: string;
  /** Why it was written, if the store keeps it. */
  readonly note?: string;
  /** Whether its text can be parsed. */
  readonly isDocument: boolean;
  /**
   * The settings that it changed, with sensitive values redacted. Absent if this revision or the one before it cannot
   * be parsed, or if the store no longer keeps the one before it.
   */
  readonly changes?: readonly FileChange[];
}

/** How many revisions to request at once. */
const PAGE = 20;

/**
 * The revisions of the file layer, newest first: who changed what, and when. Rejects with `UNKNOWN_KEY`, or with `GONE`
 * for a store without history, such as a file, and for a revision that the store no longer keeps.
 */
export async function history<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  options: HistoryOptions = {},
): Promise<readonly HistoryEntry[]> {
  const {
    current,
    changes: { file },
  } = partsOf(config);
  requireOptions('history', options);
  const { key, before, limit = 20 } = options;
  if (key !== undefined) current.setting(key);
  if (before !== undefined) requireText('history: "before"', before);
  requireArgument(typeof limit === 'number' && limit >= 0, 'history: "limit" must be a number of at least 0', limit);
  const found: HistoryEntry[] = [];
  for await (const { stored, older } of states(file.store, before)) {
    if (found.length >= limit) break;
    const changes = changesBetween(file, current, { stored, older });
    if (key !== undefined && !changes?.some((change) => change.key === key)) continue;
    const { revision, by, at, note } = stored;
    found.push({
      revision,
      isDocument: entriesOf(file, stored) !== undefined,
      ...(by !== undefined && { by }),
      ...(at !== undefined && { at }),
      ...(note !== undefined && { note }),
      ...(changes && { changes }),
    });
  }
  return found;
}

/** How to roll back. */
export interface RollbackOptions extends Authorship {
  /** Return the changes without writing them. */
  readonly dryRun?: boolean;
}

/**
 * Writes an earlier document again, byte for byte, after checking it. `to` is its revision, or the result of the save to undo.
 * Unsaved edits stay. Rejects with `GONE` if the store no longer keeps that document, with the document's issues if it is
 * invalid under the current definition, or with `CONFLICT` if another writer changed the document since it was read or saved.
 * Then nothing is written.
 * @example
 * import { writeFileSync } from 'node:fs';
 * import { defineConfig, loadConfig, rollback } from 'varve';
 *
 * writeFileSync('pool.json', '{ "pool": 10 }');
 * const config = await loadConfig(defineConfig({ name: 'shop', file: 'pool.json', settings: { pool: 5 } }), { argv: [] });
 * config.set('pool', 20);
 * const saved = await config.save();
 * await rollback(config, saved); // undoes that save
 * console.log(config.values.pool); // 10
 */
export async function rollback<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  to: Revision | SaveResult,
  options: RollbackOptions = {},
): Promise<SaveResult> {
  const { file, document } = partsOf(config).changes;
  requireOptions('rollback', options);
  const { dryRun = false, ...authorship } = options;
  const { store } = file;
  if (typeof to !== 'string') {
    requireArgument(Object(to) === to, 'rollback: needs a revision, or the result of a save', to);
    const texts = textsOf(to);
    if (!texts) throw goneDocument(`the document that this save of ${store.name} replaced could not be read`);
    const title = `${store.name} before the save`;
    return writeAgain(config, { text: texts.before, known: texts.after, title }, { dryRun, ...authorship });
  }
  const { text } = await stateAt(store, to);
  const title = `revision ${to} of ${store.name}`;
  return writeAgain(config, { text, known: document?.text, title }, { dryRun, ...authorship });
}

interface EarlierDocument {
  /** `null` if there was none. */
  readonly text: string | null;
  /** The text that it may replace; `undefined` if any. */
  readonly known: string | undefined;
  /** What messages call it. */
  readonly title: string;
}

async function writeAgain<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  { text, known, title }: EarlierDocument,
  { dryRun, ...authorship }: RollbackOptions,
): Promise<SaveResult> {
  const { current, changes } = partsOf(config);
  const { file } = changes;
  const to = text === null ? file.blank() : file.parseValid(text);
  throwIssues(issuesOf(file, to, current), `${title}; nothing was written`);
  const editOf = (from: FileDocument): DocumentEdit => {
    return { from, to, changes: keyChanges(from.entries, to.entries), added: [] };
  };
  const parse = (now: string): FileDocument => file.parse(now);
  if (dryRun) {
    const edit = editOf(parse((await file.store.read()).text ?? ''));
    changes.requireValues(edit);
    current.checks?.requireDocument(changes, edit);
    return { written: describeChanges(edit.changes, current) };
  }
  const requireKnown = (now?: string): void => {
    if (known !== undefined && known !== now && now !== to.text) throw changedMeanwhile(file.store);
  };
  const next = (from: FileDocument): DocumentEdit => {
    requireKnown(from.text);
    return editOf(from);
  };
  const replacement = (): DocumentEdit => {
    requireKnown();
    return editOf(parse(''));
  };
  return changes.write(next, { ...authorship, parse, replacement });
}

/**
 * Renames the deprecated keys in the file to the current ones, and saves. No value changes.
 * @example
 * import { writeFileSync } from 'node:fs';
 * import { defineConfig, loadConfig, renameDeprecatedKeys } from 'varve';
 *
 * writeFileSync('old.json', '{ "poolSize": 20 }');
 * const settings = { pool: { aliases: ['poolSize'], default: 10 } };
 * const config = await loadConfig(defineConfig({ name: 'shop', file: 'old.json', settings }), { argv: [], onWarning: false });
 * const [{ from, to }] = await renameDeprecatedKeys(config);
 * console.log(from, to); // poolSize pool
 */
export async function renameDeprecatedKeys<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
): Promise<readonly Rename[]> {
  const { current, changes } = partsOf(config);
  const { file } = changes;
  let renames: readonly Rename[] = [];
  await changes.write((from) => {
    const renamed = renamedDocument(from.text, current.schema, formatOf(file.store.name));
    renames = renamed.renames;
    return { from, to: renames.length === 0 ? from : file.parse(renamed.text), changes: [], added: [] };
  });
  return renames;
}

function changedMeanwhile({ name }: Store): ConfigError {
  const message = `${name} was changed by another writer since it was read or saved. Nothing was written`;
  const suggestion = 'Reload, check the changes, and try again.';
  return new ConfigError([{ code: 'CONFLICT', message, suggestion }]);
}

async function stateAt(store: Store, revision: Revision): Promise<StoredDocument> {
  for await (const { stored } of states(store, undefined)) if (stored.revision === revision) return stored;
  const suggestion = 'The history lists the revisions that the store keeps.';
  throw goneDocument(`${store.name} has no revision ${revision}`, suggestion);
}

function goneDocument(message: string, suggestion?: string): ConfigError {
  return new ConfigError([{ code: 'GONE', message, ...(suggestion !== undefined && { suggestion }) }]);
}

/** A revision and the one before it: `null` if it was the first, `undefined` if the store no longer keeps it. */
interface Step {
  readonly stored: StoredDocument;
  readonly older: StoredDocument | null | undefined;
}

async function* states(store: Store, before: Revision | undefined): AsyncGenerator<Step> {
  let stored: StoredDocument | undefined;
  for (let from = before; ; from = stored?.revision) {
    const page = await pageBefore(store, from, stored !== undefined);
    if (page.length === 0 || page[0] === undefined) {
      if (stored) yield { stored, older: page.length === 0 ? null : undefined };
      return;
    }
    for (const older of page as readonly StoredDocument[]) {
      if (stored) yield { stored, older };
      stored = older;
    }
  }
}

/** The revisions before one, newest first; `[undefined]` if the store no longer keeps them. */
async function pageBefore(
  store: Store,
  before: Revision | undefined,
  isFurther: boolean,
): Promise<readonly (StoredDocument | undefined)[]> {
  if (!store.history) {
    const suggestion = 'Use a store with a history, such as etcd.';
    throw new ConfigError([{ code: 'GONE', message: `${store.name} keeps no history`, suggestion }]);
  }
  try {
    return await store.history({ limit: PAGE, ...(before !== undefined && { before }) });
  } catch (error) {
    if (isFurther && error instanceof ConfigError && error.code === 'GONE') return [undefined];
    throw error;
  }
}

function changesBetween(
  file: WritableFile,
  { schema, fullSchema }: ConfigState,
  { stored, older }: Step,
): readonly FileChange[] | undefined {
  if (older === undefined) return undefined;
  const [before, after] = [entriesOf(file, older), entriesOf(file, stored)];
  return before && after && describeChanges(keyChanges(before, after), { schema, fullSchema, layers: [] });
}

function issuesOf(file: WritableFile, document: FileDocument, current: ConfigState): readonly Issue[] {
  const { settings } = current.schema;
  const { entries, problems } = file.layerOf(document, current.below('file'));
  const refused = [...problems].map(([key, problem]) =>
    refusal(key, problem, { entry: entries.get(key) ?? {}, setting: settings.get(key) }),
  );
  return [...document.issues, ...refused];
}

/** The unchecked entries of a revision; `undefined` if its text cannot be parsed. */
function entriesOf(file: WritableFile, stored: StoredDocument | null): Entries | undefined {
  const { entries, issues } = file.parse(stored?.text ?? '');
  return issues.some(isSyntax) ? undefined : entries;
}

function keyChanges(before: Entries, after: Entries): readonly KeyChange[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].map((key) => ({ key, base: writtenJson(before.get(key)), written: writtenJson(after.get(key)) }));
}
