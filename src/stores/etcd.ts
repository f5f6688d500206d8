import {
  ConfigError,
  type Revision,
  type Store,
  type StoredDocument,
  type StoreHandler,
  type StoreLimits,
  type UnreadableDocument,
  type WriteOptions,
  type WriteResult,
} from '../index.ts';
import { Cluster } from './etcd/cluster.ts';
import { Document, tooLarge, Unanswered } from './etcd/document.ts';
import { closed, problem } from './etcd/failure.ts';
import { type Asking, Gateway } from './etcd/gateway.ts';
import { historyOf } from './etcd/history.ts';
import { underSignals } from './etcd/pause.ts';
import { type EtcdOptions, type Settings, settingsOf } from './etcd/settings.ts';
import { DocumentWatch } from './etcd/watch-document.ts';
import { writeOnce } from './etcd/write.ts';

export type { EtcdOptions, EtcdTls } from './etcd/settings.ts';

/** How many answers are kept for writes that are tried again. */
const KEPT_ANSWERS = 64;

/** How many writes are remembered of which nobody knows what became of them. */
const KEPT_UNCLEAR = 1_000;

/** How many bytes `id`, `by` and `note` may have together. */
const NOTE_BYTES = 8_192;

/**
 * One key of an etcd cluster as a store, spoken to by its JSON gateway: durable once a quorum has it, compared and
 * swapped by its revision, followed by a watch, and with the history that the cluster keeps. The key beside it, `#write`
 * behind its name, says who wrote it. Throws `INVALID_DEFINITION` for options that can't be meant.
 */
export function etcd(options: EtcdOptions): Store {
  return new EtcdStore(settingsOf(options));
}

type Answer = Extract<WriteResult, { ok: true }> | { readonly ok: false };

class EtcdStore implements Store {
  readonly name: string;
  readonly places: readonly string[];
  readonly limits: StoreLimits;
  readonly unreadable: UnreadableDocument = {
    revision: () => this.#revision(),
    keepAside: () => this.#keepAside(),
  };
  readonly #settings: Settings;
  /** Ends what is only read. */
  readonly #reading = new AbortController();
  readonly #closing = new AbortController();
  readonly #gateway: Gateway;
  readonly #document: Document;
  readonly #answers = new Map<string, Promise<Answer>>();
  /** The writes of which nobody knows whether they were applied. */
  readonly #unclear = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #watches = new Set<DocumentWatch>();
  #isClosed = false;

  constructor(settings: Settings) {
    const { name, endpoints, maxBytes, staleMs } = settings;
    this.name = name;
    this.places = endpoints.map(({ origin }) => `${name} at ${origin}`);
    this.limits = { maxBytes, staleMs, durability: 'quorum-fsync' };
    this.#settings = settings;
    this.#gateway = new Gateway(settings, this.#closing.signal);
    this.#document = new Document(this.#gateway, new Cluster(), settings);
  }

  async read({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StoredDocument> {
    return this.#asked('read', [signal, this.#reading.signal], async (asking) =>
      (await this.#document.state(asking)).stored(),
    );
  }

  async #revision(): Promise<Revision> {
    const { cluster } = this.#document;
    return this.#asked('read', [this.#reading.signal], async (asking) =>
      cluster.revisionOf(await this.#document.modAt(asking)),
    );
  }

  async #keepAside(): Promise<string> {
    return this.#track(this.#asked('read', [], (asking) => this.#document.keepAside(asking)));
  }

  async write(text: string, options: WriteOptions): Promise<WriteResult> {
    options.signal?.throwIfAborted();
    this.#requireOpen();
    const { id } = options;
    const earlier = this.#answers.get(id);
    if (earlier !== undefined) {
      const answer = await earlier;
      return answer.ok ? answer : { ok: false, current: await this.read() };
    }
    this.#requireWritable(text, options);
    const written = this.#track(this.#write(text, options));
    this.#remember(id, written);
    return written;
  }

  watch(from: Revision, handler: StoreHandler): { close(): Promise<void> } {
    this.#requireOpen();
    const document = this.#document;
    const watch = new DocumentWatch({ gateway: this.#gateway, document, settings: this.#settings, from, handler });
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
    return this.#asked('read', [this.#reading.signal], async (asking) => {
      const place = before === undefined ? undefined : await this.#document.placeOf(before, asking);
      return historyOf(this.#document, place?.mod, limit, asking);
    });
  }

  /** Writes that have begun are finished first, or fail by their time limit. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#reading.abort(closed(this.name));
    await Promise.allSettled([...this.#watches].map((watch) => watch.close()));
    await Promise.allSettled(this.#running);
    this.#closing.abort(closed(this.name));
    await this.#gateway.close();
  }

  async #write(text: string, { expect, id, by, note, signal }: WriteOptions): Promise<WriteResult> {
    const said = { ...(by !== undefined && { by }), at: new Date().toISOString(), ...(note !== undefined && { note }) };
    let isSent = false;
    try {
      return await this.#asked('written', [signal], async (asking) => {
        const { mod } = await this.#document.placeOf(expect, asking);
        isSent = true;
        const change = { text, mod, id, note: said, wasSent: this.#unclear.has(id) };
        const changed = await writeOnce(this.#document, change, asking);
        this.#unclear.delete(id);
        isSent = false;
        if ('stored' in changed) return { ok: false, current: changed.stored() };
        return { ok: true, revision: this.#document.cluster.revisionOf(changed.mod) };
      });
    } catch (error) {
      const isRefused = error instanceof ConfigError && error.code !== 'UNCLEAR' && error.code !== 'RESET';
      if (isSent && !isRefused) keepNewest(this.#unclear.add(id), KEPT_UNCLEAR);
      throw error;
    }
  }

  async #asked<T>(
    doing: 'read' | 'written',
    signals: readonly (AbortSignal | undefined)[],
    work: (asking: Asking) => Promise<T>,
  ): Promise<T> {
    this.#requireOpen();
    const until = performance.now() + this.#settings.timeout;
    try {
      return await underSignals(signals, (signal) => work({ until, signal }));
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      const { failure } = error;
      const message = failure.code === 'UNCLEAR' ? failure.message : `could not be ${doing}: ${failure.message}`;
      throw problem(this.name, { ...failure, message });
    }
  }

  /** Throws for what is refused before it is sent. */
  #requireWritable(text: string, { id, by = '', note = '' }: WriteOptions): void {
    const { maxBytes } = this.#settings;
    if (Buffer.byteLength(text) > maxBytes) throw tooLarge(this.name, maxBytes);
    if (Buffer.byteLength(id + by + note) > NOTE_BYTES)
      throw problem(this.name, { code: 'TOO_LARGE', message: `its note has more than ${NOTE_BYTES} bytes` });
    // Half of a surrogate pair has no UTF-8: it would be stored as something else.
    if (!(text as string & { isWellFormed(): boolean }).isWellFormed())
      throw problem(this.name, {
        code: 'CORRUPT',
        message: 'the text holds half of a surrogate pair',
        suggestion: 'Write it as an escape, \\ud800.',
      });
  }

  #remember(id: string, written: Promise<WriteResult>): void {
    const answer = written.then((result): Answer => (result.ok ? result : { ok: false }));
    this.#answers.set(id, answer);
    // What failed may be tried again.
    answer.catch(() => this.#answers.delete(id));
    keepNewest(this.#answers, KEPT_ANSWERS);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const end = (): boolean => this.#running.delete(work);
    work.then(end, end);
    return work;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw closed(this.name);
  }
}

function keepNewest<K>(remembered: Pick<Map<K, unknown> | Set<K>, 'size' | 'delete' | 'keys'>, most: number): void {
  const [oldest] = remembered.keys();
  if (remembered.size > most && oldest !== undefined) remembered.delete(oldest);
}
