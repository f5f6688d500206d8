import { ConfigError } from '../errors.ts';
import type {
  Authorship,
  EditResult,
  NextText,
  Revision,
  Store,
  StoredDocument,
  WriteOptions,
  WriteResult,
} from '../stores/store.ts';

/**
 * Reads the document of a store and writes the text that `next` returns, by compare and swap: if another writer was
 * faster, it calls `next` again with the newer document.
 */
export async function editByCompareAndSwap(store: Store, next: NextText, authorship: Authorship): Promise<EditResult> {
  await letOthersGo(store);
  const began = performance.now();
  const race = new Race(store);
  for (let lost = 0; ; lost++) {
    if (lost > 0) await pause(Math.random() * lostPause(lost));
    const before = await store.read();
    const text = await next(before);
    if (text === undefined) return { before, after: before };
    const written = await writeOnce(store, text, { expect: before.revision, ...authorship });
    if (!written.ok) {
      race.lose(written.current, before.revision);
      continue;
    }
    if (lost > 0) races.set(store, { end: performance.now(), took: performance.now() - began });
    return { before, after: { text, revision: written.revision }, ...warningOf(written) };
  }
}

/** The last edit of a store that lost races before it was applied, in milliseconds. */
const races = new WeakMap<Store, { readonly end: number; readonly took: number }>();

/** Waits after such an edit for up to the time that it took, or else who has just won would win again. */
async function letOthersGo(store: Store): Promise<void> {
  const race = races.get(store);
  if (race === undefined) return;
  races.delete(store);
  await pause(race.end + Math.random() * Math.min(race.took, TURN_MOST_MS) - performance.now());
}

/** The document that replaced an unreadable one. */
interface ReplaceResult {
  readonly stored: StoredDocument;
  /** The name of the copy of the old bytes. */
  readonly keptAside: string;
  readonly warning?: string;
}

/** Replaces an unreadable document by `text`, and keeps a copy of its bytes. */
export async function replaceUnreadable(store: Store, text: string, authorship: Authorship): Promise<ReplaceResult> {
  const { unreadable } = store;
  if (!unreadable) throw new TypeError(`${store.name} can't replace a document that it can't read`);
  const race = new Race(store);
  for (;;) {
    const expect = await unreadable.revision();
    const keptAside = await unreadable.keepAside();
    const written = await writeOnce(store, text, { expect, ...authorship });
    if (written.ok) return { stored: { text, revision: written.revision }, keptAside, ...warningOf(written) };
    race.lose(written.current, expect);
  }
}

/** How many refused writes may leave the document as it was: another writer may have made it, and deleted it again. */
const UNCHANGED_TRIES = 3;

/** Distinguishes a lost race from a store that refuses every write. */
class Race {
  readonly #store: Store;
  #unchanged = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Throws `DENIED` if no other writer explains why the store refused the writes: trying again would never end. */
  lose(current: StoredDocument, expect: Revision): void {
    this.#unchanged = current.revision === expect ? this.#unchanged + 1 : 0;
    if (this.#unchanged <= UNCHANGED_TRIES) return;
    const { name } = this.#store;
    const message = 'could not be written: the store refuses the change, and gives no reason';
    const suggestion = 'On a server, a policy (row-level security), a rule or a trigger may prevent it.';
    const origin = { layer: 'file', name, location: name } as const;
    throw new ConfigError([{ code: 'DENIED', message, suggestion, origin }]);
  }
}

/** Whether `error` means an unreadable document that the store can replace. */
export function isUnreadable(error: unknown, store: Store): boolean {
  const isRefused = error instanceof ConfigError && (error.code === 'CORRUPT' || error.code === 'TOO_LARGE');
  return isRefused && store.unreadable !== undefined;
}

/** The longest pause after the first lost race and after any race, in milliseconds. Pauses are random. */
const LOST_MS = 2;
const LOST_MOST_MS = 100;

/** The longest time for which an edit lets others go first, in milliseconds. */
const TURN_MOST_MS = 2_000;

/** The pause becomes shorter after many lost races, so that no writer waits much longer than the others. */
function lostPause(lost: number): number {
  return Math.min(LOST_MOST_MS, LOST_MS * 2 ** lost) / (1 + lost / 2);
}

/** The most attempts of a write with an unknown outcome, and the first pause in milliseconds. */
const UNCLEAR_TRIES = 4;
const UNCLEAR_MS = 100;

/** One write. A retry has the same id, so that the store applies it at most once. */
async function writeOnce(store: Store, text: string, options: Omit<WriteOptions, 'id'>): Promise<WriteResult> {
  const id = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      const result: unknown = await store.write(text, { ...options, id });
      if (typeof Object(result).ok === 'boolean') return result as WriteResult;
      throw notAnAnswer(store.name);
    } catch (error) {
      if (!(error instanceof ConfigError) || error.code !== 'UNCLEAR' || attempt === UNCLEAR_TRIES) throw error;
      await pause(UNCLEAR_MS * 2 ** attempt);
    }
  }
}

/** The error of a store whose answer does not tell whether it has written. */
function notAnAnswer(name: string): ConfigError {
  const suggestion = 'An answer is { ok: true, revision } or { ok: false, current }.';
  return new ConfigError([
    { code: 'UNCLEAR', message: `${name} answered a write with neither ok: true nor ok: false`, suggestion },
  ]);
}

function warningOf({ warning }: { readonly revision: Revision; readonly warning?: string }): {
  readonly warning?: string;
} {
  return warning === undefined ? {} : { warning };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
