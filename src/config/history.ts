import { ConfigError, throwIssues } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entries, Entry } from '../layer.ts';
import type { Schema } from '../schema/setting.ts';
import type { Authorship, Revision, Store, StoredDocument } from '../stores/store.ts';
import { changesOf, type FileChange } from './file-change.ts';
import type { FileDocument, Rewritten } from './file-document.ts';
import type { Edit } from './file-layer.ts';

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

/** The states of a document, newest first. Rejects with `GONE` where its store keeps none. */
export async function history(
  document: FileDocument,
  schema: Schema,
  { key, before, limit = LIMIT }: HistoryOptions,
): Promise<readonly HistoryEntry[]> {
  const found: HistoryEntry[] = [];
  for await (const { stored, older } of states(document.store, before)) {
    if (found.length >= limit) break;
    const changes = changesBetween(document, schema, { stored, older });
    if (key !== undefined && !changes?.some((change) => change.key === key)) continue;
    const { revision, by, at, note } = stored;
    found.push({
      revision,
      isDocument: document.entries(stored.text ?? '') !== undefined,
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
  /** Tells what it would change, and writes nothing. */
  readonly dryRun?: boolean;
}

/** What a rollback makes of a document. */
export interface RolledBack extends Rewritten {
  readonly edits: readonly Edit[];
}

/**
 * Writes the text that the document had at `revision` over the one that is `known`, checked as any other. Throws `GONE`
 * where that is no longer kept, what is wrong with it now, or `CONFLICT` where another writer was faster.
 */
export async function rolledBack(
  document: FileDocument,
  revision: Revision,
  { known, dryRun = false, ...authorship }: RollbackOptions & { readonly known: string | undefined },
): Promise<RolledBack> {
  const { store } = document;
  const text = (await stateAt(store, revision)).text ?? document.blank();
  const { layer, reading } = document.read(text);
  throwIssues(document.issuesOf(layer, reading), `revision ${revision} of ${store.name}; nothing was written`);
  const rewritten = dryRun ? await standing(store) : await document.overwrite(text, known, authorship);
  const before = rewritten.from === undefined ? undefined : document.entries(rewritten.from);
  return { ...rewritten, edits: rewritings(before ?? new Map(), layer.entries) };
}

async function standing(store: Store): Promise<Rewritten> {
  const stored = await store.read();
  return { from: stored.text ?? '', stored };
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
  document: FileDocument,
  schema: Schema,
  { stored, older }: Step,
): readonly FileChange[] | undefined {
  if (older === undefined) return undefined;
  const [before, after] = [document.entries(older?.text ?? ''), document.entries(stored.text ?? '')];
  return before && after && changesOf(rewritings(before, after), schema);
}

function rewritings(before: Entries, after: Entries): readonly Edit[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].map((key) => {
    const entry = after.get(key);
    return { key, base: said(before.get(key)), written: said(entry), ...(entry && { entry }) };
  });
}

/** What stands in the document. */
function said(entry: Entry | undefined): unknown {
  return entry?.written === undefined ? entry?.value : entry.written;
}
