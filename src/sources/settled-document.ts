import { ConfigError, type Issue } from '../errors.ts';
import type { Revision, Store, StoredDocument } from '../stores/store.ts';

/** What a document is, now that it has come to rest: its text, or why it can't be had. */
export type SettledState = { readonly stored: StoredDocument } | { readonly failure: Error };

/** How long to wait before an unsettled document is looked at again, in milliseconds: doubled each time, up to the last. */
const AGAIN_MS = 50;
const AGAIN_MOST_MS = 1_000;

/**
 * A document that is watched. A local one counts as settled while what stands there is what its watch told last: the
 * watch leaves out states that do not last. Another one is read anew, so that it never goes back behind a write of ours.
 */
export class SettledDocument {
  /** Resolves once every further change is told, or once it is told that the store can't be read. */
  readonly ready: Promise<void>;
  readonly #store: Store;
  readonly #changed: () => void;
  #watch: { close(): Promise<void> } | undefined;
  #told: Revision = '';
  #failure: Error | undefined;
  #resets: readonly Issue[] = [];
  #again: NodeJS.Timeout | undefined;
  #wait = AGAIN_MS;
  readonly #closing = new AbortController();

  constructor(store: Store, changed: () => void) {
    this.#store = store;
    this.#changed = changed;
    this.ready = this.#start();
  }

  /** What was told of a history that went back, or of another cluster in its place, since the watch began. */
  get resets(): readonly Issue[] {
    return this.#resets;
  }

  /** `undefined` while it changes; then `changed` is called later. */
  read(): SettledState | undefined | Promise<SettledState> {
    if (this.#failure) return { failure: this.#failure };
    if (!this.#store.local) return settled(this.#store.read({ signal: this.#closing.signal }));
    const stored = this.#readSync();
    if (stored?.revision === this.#told) {
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
      this.#told = this.#readSync()?.revision ?? '';
      this.#follow();
      // The store takes its first look in the next round of timers.
      await new Promise((resolve) => setTimeout(resolve, 1));
      return;
    }
    await this.#begin();
  }

  /** A store that can't be read now has no state to follow from: it is tried again. */
  async #begin(): Promise<void> {
    const first = await settled(this.#store.read({ signal: this.#closing.signal }));
    if (this.#closing.signal.aborted) return;
    if ('stored' in first) {
      this.#told = first.stored.revision;
      this.#follow();
      this.#changed();
      return;
    }
    this.#fail(first.failure);
    this.#again = setTimeout(() => void this.#begin(), AGAIN_MOST_MS).unref();
  }

  #follow(): void {
    this.#failure = undefined;
    this.#watch = this.#store.watch(this.#told, {
      stored: ({ revision }) => {
        this.#told = revision;
        this.#failure = undefined;
        this.#changed();
      },
      state: (state, cause = new Error(`${this.#store.name} is not known to be current`)) => {
        if (cause instanceof ConfigError && cause.code === 'RESET') this.#resets = cause.issues;
        if (state === 'stale') this.#fail(cause);
        else {
          this.#failure = undefined;
          this.#changed();
        }
      },
    });
  }

  #fail(failure: Error): void {
    this.#failure = failure;
    this.#changed();
  }

  /** `undefined` where the store refuses: its watch will tell why, if that lasts. */
  #readSync(): StoredDocument | undefined {
    try {
      return this.#store.local?.readSync();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return undefined;
    }
  }
}

async function settled(reading: Promise<StoredDocument>): Promise<SettledState> {
  try {
    return { stored: await reading };
  } catch (error) {
    return { failure: error instanceof Error ? error : new Error(String(error)) };
  }
}
