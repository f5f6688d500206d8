import {
  ConfigError,
  type Revision,
  type Store,
  type StoredDocument,
  type StoreHandler,
  type StoreLimits,
  type WriteOptions,
  type WriteResult,
} from '../../index.ts';
import type { StoreSetup, UnreadableDocument } from '../../tools.ts';
import { DocumentWatch } from './document-watch.ts';
import type { DocumentState, Engine } from './engine.ts';
import { closedError, problem, RequestError, resetError, tooLarge } from './failure.ts';
import { type RevisionParts, revisionParts } from './lineage.ts';
import { keepingAlive, type RequestLimits, underSignals, unlessAborted } from './pause.ts';
import { Attempts, retried } from './retry.ts';
import { writeOnce } from './write-once.ts';

/** The results that are kept for retries. */
const KEPT_RESULTS = 64;
/** The ids that are kept of unclear writes. */
const KEPT_UNCLEAR = 1_000;
/** The limit of `id`, `by` and `note` together, in bytes. */
const NOTE_BYTES = 8_192;

type KnownResult = Extract<WriteResult, { ok: true }> | { readonly ok: false };

/** A document on a server as a store: deadlines, retries under one id, and an orderly end, over any {@link Engine}. */
export class RemoteStore implements Store {
  readonly name: string;
  readonly places: readonly string[];
  readonly setup?: StoreSetup;
  readonly unreadable: UnreadableDocument = {
    revision: () =>
      this.#request('read', [this.#readsClosed.signal], async (limits) => (await this.#state(limits)).revision),
    keepAside: () => {
      const copy = (limits: RequestLimits): Promise<string> =>
        this.#retried(limits, () => this.#engine.keepAside(limits));
      return this.#track(this.#request('copied', [], copy));
    },
  };
  readonly #engine: Engine;
  readonly #readsClosed = new AbortController();
  readonly #results = new Map<string, Promise<KnownResult>>();
  readonly #unclear = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #watches = new Set<DocumentWatch>();
  #isClosed = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.name = engine.settings.name;
    this.places = engine.settings.places;
    const { script } = engine;
    if (script === undefined) return;
    const setUp = async (limits: RequestLimits): Promise<void> => engine.setUp?.(limits);
    this.setup = { script, run: () => this.#track(this.#request('created', [], setUp)) };
  }

  get limits(): StoreLimits {
    const { settings, durability } = this.#engine;
    return { maxBytes: settings.maxBytes, staleMs: settings.staleMs, durability };
  }

  async read({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StoredDocument> {
    return this.#request('read', [signal, this.#readsClosed.signal], async (limits) =>
      (await this.#state(limits)).stored(),
    );
  }

  async write(text: string, options: WriteOptions): Promise<WriteResult> {
    options.signal?.throwIfAborted();
    this.#requireOpen();
    const { id } = options;
    const earlier = this.#results.get(id);
    if (earlier !== undefined) {
      const result = await earlier;
      return result.ok ? result : { ok: false, current: await this.read() };
    }
    this.#requireWritable(text, options);
    const written = this.#track(this.#write(text, options));
    this.#remember(id, written);
    return written;
  }

  watch(from: Revision, handler: StoreHandler): { close(): Promise<void> } {
    this.#requireOpen();
    const watch = new DocumentWatch(this.#engine, from, handler);
    this.#watches.add(watch);
    return {
      close: async () => {
        this.#watches.delete(watch);
        await watch.close();
      },
    };
  }

  async history({
    before,
    limit,
  }: {
    readonly before?: Revision;
    readonly limit: number;
  }): Promise<readonly StoredDocument[]> {
    return this.#request('read', [this.#readsClosed.signal], async (limits) => {
      const parts = before === undefined ? undefined : await this.#partsOf(before, limits);
      return this.#retried(limits, () => this.#engine.history(parts, limit, limits));
    });
  }

  /** Writes under way finish first, or fail by their deadline. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#readsClosed.abort(closedError(this.name));
    await Promise.allSettled([...this.#watches].map((watch) => watch.close()));
    await Promise.allSettled(this.#running);
    await keepingAlive(() => this.#engine.close());
  }

  async #write(text: string, { expect, id, signal, ...authorship }: WriteOptions): Promise<WriteResult> {
    let isSent = false;
    try {
      return await this.#request('written', [signal], async (limits) => {
        const parts = await this.#partsOf(expect, limits);
        isSent = true;
        const change = { text, expect: parts, id, ...authorship };
        const result = await writeOnce(this.#engine, change, { ...limits, wasSent: this.#unclear.has(id) });
        this.#unclear.delete(id);
        isSent = false;
        if ('stored' in result) return { ok: false, current: result.stored() };
        return { ok: true, revision: result.revision };
      });
    } catch (error) {
      const isRefused = error instanceof ConfigError && error.code !== 'UNCLEAR' && error.code !== 'RESET';
      if (isSent && !isRefused) keepNewest(this.#unclear.add(id), KEPT_UNCLEAR);
      throw error;
    }
  }

  /** Throws `RESET` for a revision that this server can't have made. */
  async #partsOf(revision: Revision, limits: RequestLimits): Promise<RevisionParts> {
    const { lineage } = this.#engine;
    const parts = revisionParts(revision);
    if (parts === undefined) throw resetError(this.name, `"${revision}" is not a revision of this kind of store`);
    // Another process may know a newer revision than this one.
    if (lineage.foreign(parts) !== undefined) await this.#state(limits);
    const foreign = lineage.foreign(parts);
    if (foreign !== undefined) throw resetError(this.name, foreign);
    return parts;
  }

  #state(limits: RequestLimits): Promise<DocumentState> {
    return this.#retried(limits, () => this.#engine.state(limits));
  }

  #retried<T>(limits: RequestLimits, request: () => Promise<T>): Promise<T> {
    return retried(new Attempts(limits, this.places.length), request);
  }

  async #request<T>(
    verb: 'read' | 'written' | 'copied' | 'created',
    signals: readonly (AbortSignal | undefined)[],
    work: (limits: RequestLimits) => Promise<T>,
  ): Promise<T> {
    this.#requireOpen();
    const { timeout } = this.#engine.settings;
    try {
      return await keepingAlive(() =>
        underSignals(signals, (signal) => unlessAborted(work({ until: performance.now() + timeout, signal }), signal)),
      );
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { failure } = error;
      const message = failure.code === 'UNCLEAR' ? failure.message : `could not be ${verb}: ${failure.message}`;
      throw problem(this.name, { ...failure, message });
    }
  }

  /** Throws for a text that no server would keep as it is. */
  #requireWritable(text: string, { id, by = '', note = '' }: WriteOptions): void {
    const { maxBytes } = this.limits;
    if (Buffer.byteLength(text) > maxBytes) throw tooLarge(this.name, maxBytes);
    if (Buffer.byteLength(id + by + note) > NOTE_BYTES)
      throw problem(this.name, { code: 'TOO_LARGE', message: `the note has more than ${NOTE_BYTES} bytes` });
    // A lone surrogate has no UTF-8 form.
    if (!(text as string & { isWellFormed(): boolean }).isWellFormed())
      throw problem(this.name, {
        code: 'CORRUPT',
        message: 'the text has a lone surrogate',
        suggestion: 'Write it as an escape, \\ud800.',
      });
  }

  #remember(id: string, written: Promise<WriteResult>): void {
    const result = written.then((settled): KnownResult => (settled.ok ? settled : { ok: false }));
    this.#results.set(id, result);
    // A failed write may be sent again.
    result.catch(() => this.#results.delete(id));
    keepNewest(this.#results, KEPT_RESULTS);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const end = (): boolean => this.#running.delete(work);
    work.then(end, end);
    return work;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw closedError(this.name);
  }
}

function keepNewest<K>(kept: Pick<Map<K, unknown> | Set<K>, 'size' | 'delete' | 'keys'>, most: number): void {
  const [oldest] = kept.keys();
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
}
