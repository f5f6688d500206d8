/// <reference lib="esnext.disposable" preserve="true" />
import type { Stack, StackWatch } from '../stack.ts';
import type { ReloadRejection } from './events.ts';
import type { Reloads } from './reload.ts';

/** How a configuration is watched. */
export interface WatchOptions {
  /**
   * How often to look without having been told of a change, in milliseconds; 5,000 unless given. Less for network file
   * systems, which tell nobody of changes made elsewhere.
   */
  readonly poll?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/** A configuration that reloads by itself. It keeps no process alive. */
export interface Watcher extends AsyncDisposable {
  /** Resolves once the values are those of now and every further change is seen; what is rejected is told by events. */
  readonly ready: Promise<void>;
  /** After it resolves, the watch changes nothing any more and has no handles left. */
  close(): Promise<void>;
}

/** For how long something invalid must last until it is told, in milliseconds: most of it is a file half written. */
const DOUBT_MS = 100;

/** Reloads whenever one of the sources changed. What is invalid is never taken; the last state always is, if it is valid. */
export class LiveReload implements Watcher {
  readonly ready: Promise<void>;
  readonly #reloads: Reloads;
  readonly #sources: StackWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => void this.close();
  #isDue = false;
  #looks: Promise<void> = Promise.resolve();
  /** What is invalid now, and since when. */
  #refused: { readonly message: string; readonly since: number } | undefined;
  #doubt: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(stack: Stack, reloads: Reloads, { poll, signal }: WatchOptions) {
    this.#reloads = reloads;
    this.#signal = signal;
    this.#sources = stack.watch(() => this.#wake(), poll);
    this.ready = this.#sources.ready.then(() => this.#lookInTurn());
    signal?.addEventListener('abort', this.#abort);
    if (signal?.aborted) this.#abort();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    clearTimeout(this.#doubt);
    await Promise.all([this.#sources.close(), this.#looks]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** All changes that are told in one round of the loop are one. */
  #wake(): void {
    if (this.#isDue || this.#closed) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      void this.#lookInTurn();
    });
  }

  #lookInTurn(): Promise<void> {
    this.#looks = this.#looks.then(() => this.#look());
    return this.#looks;
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    const outcome = await this.#reloads.take(async () => {
      const reading = await this.#sources.read();
      return this.#closed ? undefined : reading;
    });
    if (this.#closed || outcome === undefined) return;
    clearTimeout(this.#doubt);
    if ('refused' in outcome) this.#refuse(outcome.refused);
    else this.#refused = undefined;
  }

  /** Rejects what was refused for a while already; else it is looked at again then, for it may be mended unnoticed. */
  #refuse(refused: ReloadRejection): void {
    const { message } = refused;
    const now = performance.now();
    if (this.#refused?.message !== message) this.#refused = { message, since: now };
    const left = this.#refused.since + DOUBT_MS - now;
    if (left > 0) this.#doubt = setTimeout(() => void this.#lookInTurn(), left).unref();
    else this.#reloads.reject(refused, { again: false });
  }
}
