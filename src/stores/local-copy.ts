import { ConfigError, type Issue } from '../errors.ts';
import { isDeepText } from '../json/deep-text.ts';
import { parsedJson } from '../json/read.ts';
import { closeToOthers } from './json-file/create-file.ts';
import { problem } from './json-file/file-errors.ts';
import type { JsonFileOptions } from './json-file.ts';
import { sha256 } from './sha256.ts';
import { type Revision, STORE_LIMITS, type Store, type StoredDocument } from './store.ts';

/** A document as it stood in its store when it was last known to be good. */
export interface Copy {
  readonly text: string | null;
  readonly revision: Revision;
  /** When it was last known to be current (RFC 3339). */
  readonly at: string;
}

/** Why there is no copy to be used, as a clause. */
export interface Unusable {
  readonly unusable: string;
}

/** How long a load waits for another process that writes the copy, in milliseconds. */
const LOCK_MS = 1_000;

/** How the file of a copy of `store` is kept. */
export function copyOptions({ limits }: Store): JsonFileOptions {
  const { maxBytes } = { ...STORE_LIMITS, ...limits };
  return { private: true, maxBytes: 2 * maxBytes + 1_024, lockTimeout: LOCK_MS };
}

/** For how long a copy of the current revision is not written again, in milliseconds. */
const FRESH_MS = 5 * 60_000;
/** How often one who lost a race to another process of this machine looks again. */
const TRIES = 3;

/**
 * The local copy of a store's document: `file`, which a start falls back on. It is one JSON object with a hash over all
 * of it, and names the places that it is a copy of: one of another store, or one that is damaged, is not used.
 */
export class LocalCopy {
  readonly #store: Store;
  readonly #file: Store;
  readonly #path: string | undefined;
  #kept: Copy | undefined;
  #writing: Promise<void> = Promise.resolve();
  #problem: Issue | undefined;

  /** `path`: where `file` is, so that no other user can read it. */
  constructor(store: Store, file: Store, path?: string) {
    this.#store = store;
    this.#file = file;
    this.#path = path;
  }

  /** What messages call it. */
  get name(): string {
    return this.#file.name;
  }

  /** Why it could not be written last; `undefined` when it was. */
  get problem(): Issue | undefined {
    return this.#problem;
  }

  /** The copy, or why there is none to be used. */
  async read(): Promise<Copy | Unusable> {
    try {
      const { text } = await this.#file.read();
      return text === null ? { unusable: 'does not exist' } : this.#copyIn(text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { unusable: reasonOf(error) };
    }
  }

  /**
   * Writes the copy of a state that was read, or written, at `at`. A later one stays, and so does that of a document that
   * is gone now: it is the last to go on with. Never rejects: what went wrong is the {@link problem}.
   */
  keep({ text, revision }: Pick<StoredDocument, 'text' | 'revision'>, at: Date): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write({ text, revision, at: at.toISOString() }));
    return this.#writing;
  }

  async #write(copy: Copy): Promise<void> {
    if (this.#kept && isServed(this.#kept, copy)) return;
    try {
      for (let tries = 1; tries <= TRIES && !(await this.#isWritten(copy)); tries++);
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const message = `${this.#file.name}, the copy of ${this.#store.name}, ${reasonOf(error)}`;
      this.#problem = { code: error.code, message };
    }
  }

  /** Whether the copy, or one that serves as well, is there now; not where another process was faster. */
  async #isWritten(copy: Copy): Promise<boolean> {
    const { text: before, revision: expect } = await this.#file.read();
    const found = before === null ? undefined : this.#copyIn(before);
    if (found && 'at' in found && isServed(found, copy)) {
      this.#kept = found;
      return true;
    }
    if (before !== null) this.#requireReplaceable(before);
    const copyOf = this.#places;
    const document = { copyOf, ...copy, sha256: hashOf(copyOf, copy) };
    const text = `${JSON.stringify(document, null, 2)}\n`;
    const { ok } = await this.#file.write(text, { expect, id: crypto.randomUUID() });
    if (ok) this.#kept = copy;
    return ok;
  }

  /** Throws for a file that is not a copy, not even a damaged one: its path is a mistake. Closes a copy to other users. */
  #requireReplaceable(text: string): void {
    if (!mayBeCopy(text))
      throw problem(this.#file.name, 'UNAVAILABLE', 'it is not a copy of a document, and is not overwritten');
    if (this.#path !== undefined) closeToOthers(this.#path, this.#file.name);
  }

  #copyIn(text: string): Copy | Unusable {
    const { copyOf, sha256: hash, text: copied, revision, at } = membersOf(text);
    if (
      !isTexts(copyOf) ||
      (typeof copied !== 'string' && copied !== null) ||
      typeof revision !== 'string' ||
      typeof at !== 'string'
    )
      return { unusable: 'is not a copy of a document' };
    const copy: Copy = { text: copied, revision, at };
    if (hash !== hashOf(copyOf, copy) || !isTime(at)) return { unusable: 'is damaged' };
    const isOurs = this.#places.some((place) => copyOf.includes(place));
    return isOurs ? copy : { unusable: `is the copy of another store, ${copyOf.join(' and ')}` };
  }

  get #places(): readonly string[] {
    return this.#store.places ?? [this.#store.name];
  }
}

/** Whether the copy on disk is good enough: a later one, or a recent one of the same state. */
function isServed(kept: Copy, now: Copy): boolean {
  if (now.text === null && kept.text !== null) return true;
  // The clock was set back: such a copy would stay until then.
  if (Date.parse(kept.at) > Math.max(Date.now(), Date.parse(now.at))) return false;
  const later = Date.parse(kept.at) - Date.parse(now.at);
  return kept.revision === now.revision ? later > -FRESH_MS : later > 0;
}

function hashOf(copyOf: readonly string[], { text, revision, at }: Copy): string {
  return sha256(JSON.stringify([copyOf, revision, at, text]));
}

function isTime(text: string): boolean {
  return /^[-+\dT:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** A copy has its members, and the list of its places. */
const MOST_LEVELS = 10;

/** Whether a text is a copy, also one that is damaged or empty. */
function mayBeCopy(text: string): boolean {
  if (isDeepText(text, MOST_LEVELS)) return false;
  try {
    return Object.hasOwn(Object(JSON.parse(text)), 'copyOf');
  } catch {
    return /^[\s\0]*(?:\{|$)/.test(text);
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  const value = parsedJson(text, MOST_LEVELS);
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** `could not be read: permission denied`, as the file itself says it. */
function reasonOf({ issues, message }: ConfigError): string {
  const reason = issues[0]?.message ?? message;
  return reason.startsWith('could not ') ? reason : `can't be used: ${reason}`;
}
