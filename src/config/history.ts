import { ConfigError, throwIssues } from '../errors.ts';
import { formatOf } from '../formats/format-of.ts';
import type { Key } from '../key.ts';
import type { Entries, Entry } from '../layer.ts';
import type { Schema } from '../schema/setting.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import type { UnknownKeys } from '../sources/file.ts';
import type { FileDocument } from '../sources/file-document.ts';
import { type Rename, renamedDocument } from '../sources/rename.ts';
import type { Authorship, Revision, Store, StoredDocument } from '../stores/store.ts';
import { type Config, partsOf } from './config.ts';
import { type FileChange, fileChanges, type KeyChange } from './file-change.ts';
import type { SaveResult } from './file-changes.ts';
import { type DocumentEdit, isSyntax, type WritableFile } from './writable-file.ts';

/** Which states of the document are listed. */
export interface HistoryOptions {
  /** Only those that changed this setting. */
  readonly key?: Key;
  /** Only those older than this one. */
  readonly before?: Revision;
  /** How many at most; 20 unless given. */
  readonly limit?: number;
}

/** A state that the document of the file layer had, or has. */
export interface HistoryEntry {
  readonly revision: Revision;
  /** Who wrote it, when (RFC 3339) and why: as far as the store was told. */
  readonly by?: string;
  readonly at?: string;
  readonly note?: string;
  /** Whether it is a document at all. */
  readonly isDocument: boolean;
  /**
   * What it changed of the settings, those of sensitive ones redacted. Absent where that can't be told: it, or the one
   * before it, is no document, or the one before it is no longer kept.
   */
  readonly changes?: readonly FileChange[];
}

const LIMIT = 20;
/** How many states a store is asked for at once. */
const PAGE = 20;

/**
 * What was written to the file layer, newest first: who, when and what. Throws `UNKNOWN_KEY`, and `GONE` for a store
 * that keeps no history, as a file, and for a revision that is no longer kept.
 */
export async function history<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  { key, before, limit = LIMIT }: HistoryOptions = {},
): Promise<readonly HistoryEntry[]> {
  const { current, changes: fileLayer } = partsOf(config);
  if (key !== undefined) current.setting(key);
  const file = fileLayer.file();
  const found: HistoryEntry[] = [];
  for await (const { stored, older } of states(file.store, before)) {
    if (found.length >= limit) break;
    const changes = changesBetween(file, current.schema, { stored, older });
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

/** How an earlier revision is written anew. */
export interface RollbackOptions extends Authorship {
  /** Returns what it would change, and writes nothing. */
  readonly dryRun?: boolean;
}

/**
 * Writes the document of an earlier revision anew, whole and checked as any other; edits that are not saved stay.
 * Rejects with `GONE` where that revision is no longer kept, with what is wrong with it by the current definition, and
 * with `CONFLICT` where the document is not the one that was read last; then nothing is written.
 */
export async function rollback<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  revision: Revision,
  { dryRun = false, ...authorship }: RollbackOptions = {},
): Promise<SaveResult> {
  const { current, changes: fileLayer } = partsOf(config);
  const file = fileLayer.file();
  const known = fileLayer.document?.text;
  const { text } = await stateAt(file.store, revision);
  const to = text === null ? file.blank() : file.read(text);
  throwIssues(file.issuesOf(to), `revision ${revision} of ${file.store.name}; nothing was written`);
  const editOf = (from: FileDocument): DocumentEdit => {
    return { from, to, changes: keyChanges(from.entries, to.entries), added: [] };
  };
  const parse = (now: string): FileDocument => file.parse(now);
  if (dryRun) {
    const { changes } = editOf(parse((await file.store.read()).text ?? ''));
    return { written: fileChanges(changes, current.schema) };
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
  return fileLayer.write(next, [], { ...authorship, parse, replacement });
}

/** Renames the deprecated keys of the file to the current ones, and saves that: no value changes by it. */
export async function renameDeprecatedKeys<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
): Promise<readonly Rename[]> {
  const { current, changes: fileLayer } = partsOf(config);
  const file = fileLayer.file();
  let renames: readonly Rename[] = [];
  await fileLayer.write((from) => {
    const renamed = renamedDocument(from.text, current.schema, formatOf(file.store.name));
    renames = renamed.renames;
    return { from, to: renames.length === 0 ? from : file.parse(renamed.text), changes: [], added: [] };
  });
  return renames;
}

function changedMeanwhile({ name }: Store): ConfigError {
  const message = `${name} was changed by another writer since it was read. Nothing was written`;
  const suggestion = 'Reload, look at what was changed, and try again.';
  return new ConfigError([{ code: 'CONFLICT', message, suggestion }]);
}

async function stateAt(store: Store, revision: Revision): Promise<StoredDocument> {
  for await (const { stored } of states(store, undefined)) if (stored.revision === revision) return stored;
  const suggestion = 'The history lists those that are kept.';
  throw new ConfigError([{ code: 'GONE', message: `${store.name} has no revision ${revision}`, suggestion }]);
}

/** A state, and the one that it was made from: `null` where it was the first, `undefined` where that is not kept. */
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

/** The states before one, newest first; `[undefined]` where there were some that are no longer kept. */
async function pageBefore(
  store: Store,
  before: Revision | undefined,
  isFurther: boolean,
): Promise<readonly (StoredDocument | undefined)[]> {
  if (!store.history) {
    const suggestion = 'A store such as etcd has one.';
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
  schema: Schema,
  { stored, older }: Step,
): readonly FileChange[] | undefined {
  if (older === undefined) return undefined;
  const [before, after] = [entriesOf(file, older), entriesOf(file, stored)];
  return before && after && fileChanges(keyChanges(before, after), schema);
}

/** The entries of a state, unchecked; `undefined` where its text is not a document. */
function entriesOf(file: WritableFile, stored: StoredDocument | null): Entries | undefined {
  const { entries, issues } = file.parse(stored?.text ?? '');
  return issues.some(isSyntax) ? undefined : entries;
}

function keyChanges(before: Entries, after: Entries): readonly KeyChange[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].map((key) => ({ key, base: jsonIn(before.get(key)), written: jsonIn(after.get(key)) }));
}

/** The JSON of an entry in its document. */
function jsonIn(entry: Entry | undefined): unknown {
  return entry?.written === undefined ? entry?.value : entry.written;
}
