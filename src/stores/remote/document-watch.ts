import { ConfigError, type ErrorCode, type Revision, type StoreHandler } from '../../index.ts';
import { ABSENT_STATE, type DocumentState, type Engine, type Subscription } from './engine.ts';
import { problem, RequestError, resetError } from './failure.ts';
import { revisionParts } from './lineage.ts';
import { jittered, pause, type RequestLimits } from './pause.ts';

/** Between two subscriptions, in milliseconds: doubled after each failure, up to the last. */
const RETRY_MS = 25;
const RETRY_MOST_MS = 1_000;
/** Between two attempts of a client that the server refuses. */
const DENIED_MS = 5_000;

/**
 * Follows a document. Changes come by a subscription. A look at the newest revision, after the subscription has opened and
 * twice in every `staleMs`, finds what the subscription lost, and only its answer shows that the document is current.
 * Neither keeps the process running.
 */
export class DocumentWatch {
  readonly #engine: Engine;
  readonly #from: Revision;
  readonly #handler: StoreHandler;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  /** Orders the last state that the handler got: the revision that made it, or at which the document was absent. */
  #number: number;
  /** Whether the document existed in that state; `undefined` while that state is unknown. */
  #exists: boolean | undefined;
  /** Whether `from` is known to be a revision of this server. */
  #isFamiliar = false;
  /** The generation of the lineage that the last state belongs to. */
  #generation: number;
  /** The code of the error that made the watch stale. */
  #stale: { readonly code: ErrorCode | undefined } | undefined;
  /** Whether the handler threw, or the newest bytes are not a document: a current state alone is not live then. */
  #isRefused = false;
  #staleTimer: NodeJS.Timeout | undefined;
  #cause: Error | undefined;
  #wait = RETRY_MS;
  #refusals = 0;

  constructor(engine: Engine, from: Revision, handler: StoreHandler) {
    this.#engine = engine;
    this.#from = from;
    this.#handler = handler;
    this.#generation = engine.lineage.known.generation;
    const parts = revisionParts(from);
    this.#number = parts?.number ?? -1;
    this.#exists = parts && parts.number > 0;
    this.#isCurrentSince(performance.now());
    this.#running = this.#run();
  }

  /** The handler does not run after this call. */
  async close(): Promise<void> {
    clearTimeout(this.#staleTimer);
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    // The handler must not run before `watch` returns.
    await undefined;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (signal.aborted) return;
        const wait = this.#failed(error);
        await pause(jittered(wait), signal, true).catch(() => undefined);
      }
    }
  }

  /** Runs until the subscription is in doubt: then it returns, or throws the reason. */
  async #follow(): Promise<void> {
    const { at } = await this.#look();
    const changes = new Changes(this.#closing.signal);
    try {
      const subscription = await changes.open(this.#engine, at, this.#limits(changes.signal), (state, number) => {
        // A read of the same store may have met another server, which the next look reports.
        if (this.#isSameHistory) this.#changed(state, number);
        else changes.end(resetError(this.#engine.settings.name, this.#engine.lineage.reset));
      });
      this.#refusals = 0;
      const interval = subscription.pollMs ?? this.#engine.settings.staleMs / 2;
      for (let last = await this.#look(subscription); ; this.#wait = RETRY_MS) {
        const left = last.sentAt + interval - performance.now();
        await Promise.race([pause(left, changes.signal, true), changes.ended]);
        last = await this.#look(subscription);
        // The subscription lost this change.
        if (last.isNews && subscription.pollMs === undefined) return;
      }
    } finally {
      changes.close();
    }
  }

  /** Asks for a newer state and hands it to the handler. */
  async #look({ newer }: Subscription = {}): Promise<{
    readonly at: number;
    readonly sentAt: number;
    readonly isNews: boolean;
  }> {
    const engine = this.#engine;
    const sentAt = performance.now();
    const limits = this.#limits(this.#closing.signal);
    const found = await (newer ? newer(this.#number, limits) : engine.newer(this.#number, limits));
    this.#requireFamiliar();
    this.#isCurrentSince(sentAt);
    if (!this.#isRefused) this.#setLive();
    const isNews = 'stored' in found ? found.number > this.#number : !found.exists && this.#exists !== false;
    if ('stored' in found) this.#changed(found, found.number);
    else if (isNews) this.#changed(ABSENT_STATE, found.at);
    return { at: found.at, sentAt, isNews };
  }

  #limits(signal: AbortSignal): RequestLimits {
    const { staleMs, requestTimeout } = this.#engine.settings;
    const until = performance.now() + staleMs / 2;
    return { until, signal, isIdle: true, requestTimeout: Math.min(requestTimeout, staleMs / 4) };
  }

  /** Hands a state to the handler, if it is newer than the last one. */
  #changed(state: DocumentState, number: number): void {
    if (number <= this.#number || this.#closing.signal.aborted) return;
    this.#number = number;
    this.#exists = state.number > 0;
    try {
      const stored = state.stored();
      this.#isRefused = false;
      this.#setLive();
      this.#call((handler) => handler.stored(stored));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#isRefused = true;
      this.#setStale(error);
    }
  }

  get #isSameHistory(): boolean {
    return this.#engine.lineage.known.generation === this.#generation;
  }

  /** Throws `RESET` where the last state belongs to another server, or to a part of the history that was lost. */
  #requireFamiliar(): void {
    const { lineage, settings } = this.#engine;
    const isSame = this.#isSameHistory;
    this.#generation = lineage.known.generation;
    // A read of the same store has reported this reset already.
    if (!isSame) throw resetError(settings.name, lineage.reset);
    const parts = revisionParts(this.#from);
    const foreign = this.#isFamiliar || !parts ? undefined : lineage.foreign(parts);
    if (foreign !== undefined) throw resetError(settings.name, foreign);
    this.#isFamiliar = true;
  }

  #isCurrentSince(time: number): void {
    const { staleMs, name } = this.#engine.settings;
    clearTimeout(this.#staleTimer);
    const left = time + staleMs - performance.now();
    const silent = (): Error => problem(name, { code: 'UNAVAILABLE', message: 'the server does not answer' });
    this.#staleTimer = setTimeout(() => this.#setStale(this.#cause ?? silent()), left).unref();
  }

  /** Records why the watch can't go on, and returns the time to wait before the next attempt, in milliseconds. */
  #failed(error: unknown): number {
    if (error instanceof ConfigError) {
      // The last state does not describe the document of another server.
      this.#number = -1;
      this.#exists = undefined;
      this.#isFamiliar = true;
      this.#isRefused = false;
      this.#generation = this.#engine.lineage.known.generation;
      this.#setStale(error);
      return RETRY_MS;
    }
    if (!(error instanceof RequestError)) throw error;
    const { failure } = error;
    this.#cause = problem(this.#engine.settings.name, failure);
    this.#refusals += failure.needsLogin ? 1 : 0;
    const isDenied = failure.code === 'DENIED' && this.#refusals !== 1;
    if (isDenied) this.#setStale(this.#cause);
    const wait = isDenied ? DENIED_MS : this.#wait;
    this.#wait = Math.min(2 * this.#wait, RETRY_MOST_MS);
    return wait;
  }

  /** Tells the handler once for each reason. */
  #setStale(cause: Error): void {
    const code = cause instanceof ConfigError ? cause.code : undefined;
    if (this.#stale !== undefined && this.#stale.code === code) return;
    this.#stale = { code };
    this.#call((handler) => handler.state('stale', cause));
  }

  #setLive(): void {
    this.#cause = undefined;
    if (this.#stale === undefined) return;
    this.#stale = undefined;
    this.#call((handler) => handler.state('live'));
  }

  /** A handler that throws has refused the state: the watch is stale until the next one, and goes on. */
  #call(call: (handler: StoreHandler) => void): void {
    if (this.#closing.signal.aborted) return;
    try {
      call(this.#handler);
    } catch (error) {
      this.#isRefused = true;
      this.#setStale(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** The events of one subscription as promises. */
class Changes {
  /** Rejects when the subscription ends. */
  readonly ended: Promise<never>;
  readonly #controller = new AbortController();
  readonly #closing: AbortSignal;
  readonly #abort = (): void => this.#controller.abort();
  /** Ends it from this side. */
  end: (error: Error) => void = () => undefined;

  constructor(closing: AbortSignal) {
    this.#closing = closing;
    this.ended = new Promise((_, reject) => {
      this.end = reject;
    });
    this.ended.catch(() => undefined);
    if (closing.aborted) this.#abort();
    closing.addEventListener('abort', this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when the server reports every change from now on. */
  async open(
    engine: Engine,
    from: number,
    limits: RequestLimits,
    changed: (state: DocumentState, number: number) => void,
  ): Promise<Subscription> {
    const { promise: opened, resolve } = withResolvers();
    const handler = { opened: resolve, changed, ended: this.end };
    const subscribed = engine.subscribe(from, limits, handler);
    await Promise.race([Promise.all([subscribed, opened]), this.ended]);
    return subscribed;
  }

  close(): void {
    this.#closing.removeEventListener('abort', this.#abort);
    this.#controller.abort();
  }
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
