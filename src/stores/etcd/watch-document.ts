import { ConfigError, type ErrorCode, type Revision, type StoreHandler } from '../../index.ts';
import { placeOf } from './cluster.ts';
import { type Document, type State, Unanswered } from './document.ts';
import { problem } from './failure.ts';
import type { Asking, Caller, Gateway } from './gateway.ts';
import { jittered, pause } from './pause.ts';
import type { Settings } from './settings.ts';
import { openStream } from './watch-stream.ts';

/** What is watched, from which state on, and who is told. */
export interface Watching {
  readonly gateway: Gateway;
  readonly document: Document;
  readonly settings: Pick<Settings, 'name' | 'staleMs' | 'requestTimeout'>;
  readonly from: Revision;
  readonly handler: StoreHandler;
}

/** Before a watch that ended is taken up again, in milliseconds: doubled each time, up to the last. */
const AGAIN_MS = 25;
const AGAIN_MOST_MS = 1_000;
/** What was denied is seldom permitted soon. */
const DENIED_MS = 5_000;

/**
 * Follows a document. Events come by a stream, and what it may have missed by a question that is asked after it was
 * attached and twice in every `staleMs`: only its answer shows that the document is current. Neither keeps a process
 * alive.
 */
export class DocumentWatch {
  readonly #watching: Watching;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  /** The revision of the cluster at which the state that was told last was made, or seen to be absent. */
  #mod: number;
  /** Whether the document was there; `undefined` where nobody knows what the state was. */
  #exists: boolean | undefined;
  /** Whether `from` is known to be a revision of this cluster. */
  #isFamiliar = false;
  /** Which history of the cluster it was that was told of. */
  #history: number;
  /** Why it is stale, by the code of its error. */
  #stale: { readonly code: ErrorCode | undefined } | undefined;
  /** Whether what stands there was not taken, for it is no document, or its handler threw: to be current is not to be live then. */
  #isUntaken = false;
  #staleTimer: NodeJS.Timeout | undefined;
  #cause: Error | undefined;
  #wait = AGAIN_MS;
  #refusals = 0;

  constructor(watching: Watching) {
    this.#watching = watching;
    this.#history = watching.document.cluster.known.history;
    const place = placeOf(watching.from);
    this.#mod = place?.mod ?? -1;
    this.#exists = place && place.mod > 0;
    this.#isCurrentSince(performance.now());
    this.#running = this.#run();
  }

  /** No handler is called once it was called. */
  async close(): Promise<void> {
    clearTimeout(this.#staleTimer);
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    // The handler is never called before `watch` returns.
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

  /** Until something is in doubt: then it returns, or throws why. */
  async #follow(): Promise<void> {
    const { at } = await this.#look();
    const stream = this.#open(at + 1);
    try {
      await stream.opened;
      this.#refusals = 0;
      for (let looked = await this.#look(); ; this.#wait = AGAIN_MS) {
        const left = looked.sentAt + this.#watching.settings.staleMs / 2 - performance.now();
        await Promise.race([pause(left, stream.signal, true), stream.ended]);
        looked = await this.#look(stream.caller);
        // The stream should have told it.
        if (looked.isNews) return;
      }
    } finally {
      stream.close();
    }
  }

  /** Asks for what is newer than what was told, and tells it. */
  async #look(caller?: Caller): Promise<{ readonly at: number; readonly sentAt: number; readonly isNews: boolean }> {
    const { document } = this.#watching;
    const sentAt = performance.now();
    const found = await document.newer(this.#mod, { ...this.#asking(this.#closing.signal), caller });
    this.#requireFamiliar();
    this.#isCurrentSince(sentAt);
    if (!this.#isUntaken) this.#setLive();
    const isNews = 'stored' in found ? found.mod > this.#mod : !found.exists && this.#exists !== false;
    if ('stored' in found) this.#changed(found, found.mod);
    else if (isNews) this.#changed(document.stateOf([], {}), found.at);
    return { at: found.at, sentAt, isNews };
  }

  #asking(signal: AbortSignal): Asking {
    const { staleMs, requestTimeout } = this.#watching.settings;
    const until = performance.now() + staleMs / 2;
    return { until, signal, isIdle: true, requestTimeout: Math.min(requestTimeout, staleMs / 4) };
  }

  #open(from: number): Stream {
    const stream = new Stream(this.#closing.signal);
    openStream(this.#watching, from, this.#asking(stream.signal), {
      opened: () => stream.open(),
      changed: (state) => this.#changed(state, state.change),
      ended: (error) => stream.end(error),
    }).then(
      (caller) => stream.answers(caller),
      (error: unknown) => stream.end(error),
    );
    return stream;
  }

  /** A state of the document as of `mod`; only what is newer is told. */
  #changed(state: State, mod: number): void {
    if (mod <= this.#mod || this.#closing.signal.aborted) return;
    this.#mod = mod;
    this.#exists = state.mod > 0;
    try {
      const stored = state.stored();
      this.#isUntaken = false;
      this.#setLive();
      this.#tell((handler) => handler.stored(stored));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#isUntaken = true;
      this.#setStale(error);
    }
  }

  /** A revision of another history says nothing about what stands in this one. Throws `RESET`. */
  #requireFamiliar(): void {
    const { document, from } = this.#watching;
    const { known, reset } = document.cluster;
    const isSame = known.history === this.#history;
    this.#history = known.history;
    // Somebody else who uses the store has been told already.
    if (!isSame) throw document.reset(reset);
    const place = placeOf(from);
    if (!this.#isFamiliar && place) document.requireOwn(place);
    this.#isFamiliar = true;
  }

  #isCurrentSince(time: number): void {
    const { staleMs, name } = this.#watching.settings;
    clearTimeout(this.#staleTimer);
    const left = time + staleMs - performance.now();
    this.#staleTimer = setTimeout(() => this.#setStale(this.#cause ?? unanswered(name)), left).unref();
  }

  /** Takes in why it can't go on, and gives how long to wait until it is tried again, in milliseconds. */
  #failed(error: unknown): number {
    if (error instanceof ConfigError) {
      // What is known of the other cluster's document is worth nothing here.
      this.#mod = -1;
      this.#exists = undefined;
      this.#isFamiliar = true;
      this.#isUntaken = false;
      this.#history = this.#watching.document.cluster.known.history;
      this.#setStale(error);
      return AGAIN_MS;
    }
    if (!(error instanceof Unanswered)) throw error;
    const { failure } = error;
    this.#cause = problem(this.#watching.settings.name, failure);
    this.#refusals += failure.needsLogin ? 1 : 0;
    const isDenied = failure.code === 'DENIED' && this.#refusals !== 1;
    if (isDenied) this.#setStale(this.#cause);
    const wait = isDenied ? DENIED_MS : this.#wait;
    this.#wait = Math.min(2 * this.#wait, AGAIN_MOST_MS);
    return wait;
  }

  /** Said again only for another reason. */
  #setStale(cause: Error): void {
    const code = cause instanceof ConfigError ? cause.code : undefined;
    if (this.#stale !== undefined && this.#stale.code === code) return;
    this.#stale = { code };
    this.#tell((handler) => handler.state('stale', cause));
  }

  #setLive(): void {
    this.#cause = undefined;
    if (this.#stale === undefined) return;
    this.#stale = undefined;
    this.#tell((handler) => handler.state('live'));
  }

  /** A handler that throws has not taken the state: that is told as staleness, and the watch goes on. */
  #tell(tell: (handler: StoreHandler) => void): void {
    if (this.#closing.signal.aborted) return;
    try {
      tell(this.#watching.handler);
    } catch (error) {
      this.#isUntaken = true;
      this.#setStale(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** A stream of events as promises, of which none may be lost. */
class Stream {
  /** Resolves when its events are told from now on. */
  readonly opened: Promise<void>;
  /** Rejects with why it ended. */
  readonly ended: Promise<never>;
  readonly #controller = new AbortController();
  readonly #closing: AbortSignal;
  readonly #abort = (): void => this.#controller.abort();
  #caller: Caller | undefined;
  #open: () => void = () => undefined;
  #end: (error: unknown) => void = () => undefined;

  constructor(closing: AbortSignal) {
    this.#closing = closing;
    this.ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    const open = new Promise<void>((resolve) => {
      this.#open = resolve;
    });
    this.opened = Promise.race([open, this.ended]);
    this.opened.catch(() => undefined);
    if (closing.aborted) this.#abort();
    closing.addEventListener('abort', this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What asks over its connection, where that can be. */
  get caller(): Caller | undefined {
    return this.#caller;
  }

  answers(caller: Caller | undefined): void {
    this.#caller = caller;
  }

  open(): void {
    this.#open();
  }

  end(error: unknown): void {
    this.#end(error);
  }

  close(): void {
    this.#closing.removeEventListener('abort', this.#abort);
    this.#controller.abort();
  }
}

function unanswered(name: string): ConfigError {
  return problem(name, { code: 'UNAVAILABLE', message: 'the cluster does not answer' });
}
