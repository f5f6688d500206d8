import { ConfigError, reasonOf } from '../errors.ts';
import type { Revision, Store, StoredDocument } from '../stores/store.ts';

/** The lasting state of a document: its text, or why it can't be read. */
export type SettledState = { readonly stored: StoredDocument } | { readonly failure: Error };

/**
 * How long to wait before an unsettled document is read again, in milliseconds. Doubles each time, up to the maximum.
 */
const AGAIN_MS = 50;
const AGAIN_MOST_MS = 1_000;

/**
 * A watched document. A local one is settled while its text is the last one that its watch reported, as the watch skips
 * states that do not last. A remote one is read again, so that it never goes back behind one of our writes.
 */
export class SettledDocument {
  /** Resolves once every further change is reported, or once the store is known to be unreadable. */
  readonly ready: Promise<void>;
  readonly #store: Store;
  readonly #changed: () => void;
  readonly #noteFailure: (failure: Error) => void;
  #watch: { close(): Promise<void> } | undefined;
  #reported: Revision = '';
  #failure: Error | undefined;
  #again: NodeJS.Timeout | undefined;
  #wait = AGAIN_MS;
  readonly #closing = new AbortController();

  /** `noteFailure`: called with every failure, also with one that is over before the next read. */
  constructor(store: Store, changed: () => void, noteFailure: (failure: Error) => void = () => undefined) {
    this.#store = store;
    this.#changed = changed;
    this.#noteFailure = noteFailure;
    this.ready = this.#start();
  }

  /** `undefined` while the document changes; then `changed` is called later. */
  read(): SettledState | undefined | Promise<SettledState> {
    if (this.#failure) return { failure: this.#failure };
    if (!this.#store.local) return this.#readRemote();
    const stored = this.#readSync();
    if (stored?.revision === this.#reported) {
      this.#wait = AGAIN_MS;
      return { stored };
    }
    this.changeIn(this.#wait);
    this.#wait = Math.min(2 * this.#wait, AGAIN_MOST_MS);
    return undefined;
  }

  /** Calls `changed` after `ms`. */
  changeIn(ms: number): void {
    clearTimeout(this.#again);
    if (!this.#closing.signal.aborted) this.#again = setTimeout(this.#changed, ms).unref();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#again);
    await this.#watch?.close();
  }

  async #start(): Promise<void> {
    if (this.#store.local) {
      this.#reported = this.#readSync()?.revision ?? '';
      this.#follow();
      // The store reads for the first time in the next timers phase.
      await new Promise((resolve) => setTimeout(resolve, 1));
      return;
    }
    await this.#begin();
  }

  /** Without a first read there is no revision to watch from, so a failed read is retried. */
  async #begin(): Promise<void> {
    const first = await this.#readRemote();
    if (this.#closing.signal.aborted) return;
    if ('stored' in first) {
      this.#reported = first.stored.revision;
      this.#follow();
      this.#changed();
      return;
    }
    this.#fail(first.failure);
    this.#again = setTimeout(() => void this.#begin(), AGAIN_MOST_MS).unref();
  }

  #follow(): void {
    this.#failure = undefined;
    this.#watch = this.#store.watch(this.#reported, {
      stored: ({ revision }) => {
        this.#reported = revision;
        this.#failure = undefined;
        this.#changed();
      },
      state: (state, cause = new Error(`${this.#store.name} is not known to be current`)) => {
        if (state === 'stale') this.#fail(cause);
        else {
          this.#failure = undefined;
          this.#changed();
        }
      },
    });
  }

  #fail(failure: Error): void {
    this.#noteFailure(failure);
    this.#failure = failure;
    this.#changed();
  }

  async #readRemote(): Promise<SettledState> {
    try {
      return { stored: await this.#store.read({ signal: this.#closing.signal }) };
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(reasonOf(error));
      this.#noteFailure(failure);
      return { failure };
    }
  }

  /** `undefined` if the store can't be read; its watch reports the reason if that lasts. */
  #readSync(): StoredDocument | undefined {
    try {
      return this.#store.local?.readSync();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return undefined;
    }
  }
}
