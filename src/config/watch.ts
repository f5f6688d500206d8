/// <reference lib="esnext.disposable" preserve="true" />
import { LONGEST_TIMER_MS } from '../longest-timer.ts';
import type { Stack, StackWatch } from '../stack.ts';
import { requireArgument, requireOptions } from '../wrong-arguments.ts';
import type { ReloadRejection } from './events.ts';
import type { Reloads } from './reload.ts';

/** How a configuration is watched. */
export interface WatchOptions {
  /**
   * How often to poll, in milliseconds. Default: 5,000. Use less for network file systems, which send no notification
   * of a change made on another machine.
   */
  readonly poll?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

/** A running watch. It does not keep the process alive. */
export interface Watcher extends AsyncDisposable {
  /** Resolves once the values are current and every further change is seen. Rejections arrive as events. */
  readonly ready: Promise<void>;
  /** After it resolves, the watch changes nothing and has no open handles. */
  close(): Promise<void>;
}

/** How long an invalid state must last until it is rejected, in milliseconds: it is usually a half-written file. */
const DOUBT_MS = 100;

/** How long to wait with an expired value after a rejection, in milliseconds. */
const EXPIRED_MS = 1_000;

/** Reloads whenever a source changes. It never applies an invalid state, and always applies the last valid one. */
export class LiveReload implements Watcher {
  readonly ready: Promise<void>;
  readonly #reloads: Reloads;
  readonly #sources: StackWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => void this.close();
  #isDue = false;
  #looks: Promise<void> = Promise.resolve();
  /** The present rejection, and when it was first seen. */
  #refused: { readonly message: string; readonly since: number } | undefined;
  #doubt: NodeJS.Timeout | undefined;
  /** Wakes when a value has to be asked for again. */
  #expiry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(stack: Stack, reloads: Reloads, options: WatchOptions) {
    requireOptions('watch', options);
    const { poll, signal } = options;
    const isTime = poll === undefined || (typeof poll === 'number' && poll >= 1);
    requireArgument(isTime, 'watch: "poll" must be a number of milliseconds, at least 1', poll);
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
    clearTimeout(this.#expiry);
    await Promise.all([this.#sources.close(), this.#looks]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Combines all notifications within one iteration of the event loop into one reload. */
  #wake(): void {
    if (this.#isDue || this.#closed) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      void this.#lookInTurn();
    });
  }

  #lookInTurn(): Promise<void> {
    this.#looks = this.#looks.then(() => this.#look()).then(() => this.#expire());
    return this.#looks;
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    const outcome = await this.#reloads.accept(async () => {
      const reading = await this.#sources.read();
      return this.#closed ? undefined : reading;
    });
    if (this.#closed || outcome === undefined) return;
    clearTimeout(this.#doubt);
    if ('refused' in outcome) this.#refuse(outcome.refused);
    else this.#refused = undefined;
  }

  #expire(): void {
    clearTimeout(this.#expiry);
    const left = this.#sources.expiresIn;
    if (left === undefined || this.#closed) return;
    const wait = Math.min(Math.max(left, this.#refused ? EXPIRED_MS : 0), LONGEST_TIMER_MS);
    this.#expiry = setTimeout(() => this.#wake(), wait).unref();
  }

  /** Rejects a state that has been invalid for `DOUBT_MS`; otherwise reads again when that time is over. */
  #refuse(refused: ReloadRejection): void {
    const { message } = refused;
    const now = performance.now();
    if (this.#refused?.message !== message) this.#refused = { message, since: now };
    const left = this.#refused.since + DOUBT_MS - now;
    if (left > 0) this.#doubt = setTimeout(() => void this.#lookInTurn(), left).unref();
    else this.#reloads.reject(refused, { again: false });
  }
}
