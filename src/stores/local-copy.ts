import { ConfigError, type Issue } from '../errors.ts';
import { sha256 } from './sha256.ts';
import type { Revision, Store, Stored } from './store.ts';

/** A document as it stood in its store when it was last known to be good. */
export interface Copy {
  readonly text: string | null;
  readonly revision: Revision;
  /** When it was last known to be current (RFC 3339). */
  readonly at: string;
}

/** For how long a copy of the current revision is not written again, in milliseconds. */
const FRESH_MS = 5 * 60_000;

/**
 * The local copy of a store's document: `file`, which a start falls back on. It is one JSON object with a hash over all
 * of it, and names the place that it is a copy of: one of another store, or one that is damaged, is not used.
 */
export class LocalCopy {
  readonly #store: Store;
  readonly #file: Store;
  #kept: Copy | undefined;
  #writing: Promise<void> = Promise.resolve();
  #problem: Issue | undefined;

  constructor(store: Store, file: Store) {
    this.#store = store;
    this.#file = file;
  }

  /** What messages call it. */
  get name(): string {
    return this.#file.name;
  }

  /** Why it could not be written last; `undefined` when it was. */
  get problem(): Issue | undefined {
    return this.#problem;
  }

  /** The copy, or why there is none to be used, as a clause. */
  async read(): Promise<Copy | { readonly unusable: string }> {
    try {
      const { text } = await this.#file.read();
      return text === null ? { unusable: 'does not exist' } : this.#copyIn(text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { unusable: `could not be read (${error.code})` };
    }
  }

  /** Writes the copy, unless a fresh one is there. Never rejects: what went wrong is the {@link problem}. */
  keep({ text, revision }: Pick<Stored, 'text' | 'revision'>): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write({ text, revision, at: new Date().toISOString() }));
    return this.#writing;
  }

  async #write(copy: Copy): Promise<void> {
    if (isFresh(this.#kept, copy)) return;
    try {
      const { text: before, revision: expect } = await this.#standing();
      const found = typeof before === 'string' ? this.#copyIn(before) : undefined;
      if (found && 'at' in found && isFresh(found, copy)) this.#kept = found;
      else {
        const document = { copyOf: this.#place, ...copy, sha256: this.#hashOf(copy) };
        // Where another process of this machine was faster, its copy serves as well.
        await this.#file.write(`${JSON.stringify(document, null, 2)}\n`, { expect, id: crypto.randomUUID() });
        this.#kept = copy;
      }
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const message = `${this.#file.name}, the copy of ${this.#store.name}, could not be written: ${error.message}`;
      this.#problem = { code: error.code, message };
    }
  }

  /** What is there to be replaced; a file that is no text has a revision all the same. */
  async #standing(): Promise<{ readonly text?: string | null; readonly revision: Revision }> {
    try {
      return await this.#file.read();
    } catch (error) {
      if (!(error instanceof ConfigError) || !this.#file.revision) throw error;
      return { revision: await this.#file.revision() };
    }
  }

  #copyIn(text: string): Copy | { readonly unusable: string } {
    const document = parsed(text);
    if (!document) return { unusable: 'is damaged' };
    const { copyOf, sha256: hash, text: copied, revision, at } = document;
    const copy = { text: copied, revision, at } as Copy;
    if (hash !== hashOf(copyOf, copy)) return { unusable: 'is damaged' };
    return copyOf === this.#place ? copy : { unusable: `is the copy of another store, ${String(copyOf)}` };
  }

  #hashOf(copy: Copy): string {
    return hashOf(this.#place, copy);
  }

  get #place(): string {
    return this.#store.identity ?? this.#store.name;
  }
}

function hashOf(place: unknown, { text, revision, at }: Copy): string {
  return sha256(JSON.stringify([place, revision, at, text]));
}

function isFresh(kept: Copy | undefined, now: Copy): boolean {
  return kept?.revision === now.revision && Math.abs(Date.parse(now.at) - Date.parse(kept.at)) < FRESH_MS;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
